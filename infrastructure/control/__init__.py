"""The door for other processes: a Unix socket in the data folder, its owner's alone, in front of an `EngineFacade`."""
