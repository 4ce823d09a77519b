from visio.provisioning.importing import Progress, provision
from visio.provisioning.lines import LARGEST_FILE
from visio.provisioning.report import Report, as_csv, as_json

__all__ = ["LARGEST_FILE", "Progress", "Report", "as_csv", "as_json", "provision"]
