"""The desk's pages: parse, authorise, one act, render."""
