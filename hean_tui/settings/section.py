"""One table of the settings file."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """Its keys are known: another one is an error with a suggestion."""

    model_config = ConfigDict(extra="forbid", frozen=True)
