"""The facts a start depends on, each judged fine, worth a look, or in the way."""
