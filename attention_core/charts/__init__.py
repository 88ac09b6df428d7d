"""Arrays and labels in, Altair chart out: the only Altair and pandas code, validated here, drawn by the browser."""
