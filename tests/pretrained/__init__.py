"""Tests of `attention_core.pretrained`: the two default models for real, every other family tiny and random."""
