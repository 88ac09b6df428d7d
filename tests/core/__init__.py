"""Tests of the hand-written core, one file per root module of `attention_core`."""
