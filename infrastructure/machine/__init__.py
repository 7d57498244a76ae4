"""What the machine is asked while a run goes on: memory, room on the disk, and what happened to its clock."""
