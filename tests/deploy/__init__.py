"""Tests of `deploy/`: what is served there is real nginx, real replicas and a real browser, all on this machine."""
