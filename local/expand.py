"""Expands the template into plain CloudFormation resources, for tools that do not know SAM.

`python -m local.expand INTO` writes the result to the file INTO.
"""

import logging
import sys
from pathlib import Path
from types import SimpleNamespace

from samcli.lib.translate.sam_template_validator import SamTemplateValidator
from samcli.yamlhelper import yaml_parse

from local.ministack import REGION
from local.stack import TEMPLATE

_NO_MANAGED_POLICIES = SimpleNamespace(load=dict)
# The translator warns twice that it has no feature toggles.
logging.getLogger("samtranslator.feature_toggle.feature_toggle").setLevel(logging.CRITICAL)


def expand(template: Path) -> str:
    """Runs SAM's own translator, which replaces paths of code on this machine with a URL that leads nowhere."""
    parsed = yaml_parse(template.read_text())
    return SamTemplateValidator(parsed, _NO_MANAGED_POLICIES, region=REGION).get_translated_template_if_valid()


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(expand(TEMPLATE))
