"""Tests of `attention_core.analysis`, one file per module."""
