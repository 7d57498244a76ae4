"""Settings: one model (`model`), its sources in their order (`sources`), and how they are shown (`display`)."""
