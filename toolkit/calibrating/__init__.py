"""Fitting a calibration on the dev split of gold sets; `toolkit.calibration` applies it."""

from toolkit.calibrating.config import FitOptions
from toolkit.calibrating.fitting import Fitted, fit
from toolkit.calibrating.run import calibrate
from toolkit.calibrating.save import write_config

__all__ = ["FitOptions", "Fitted", "calibrate", "fit", "write_config"]
