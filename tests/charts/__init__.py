"""Tests of `attention_core.charts`: valid specifications, real pictures."""
