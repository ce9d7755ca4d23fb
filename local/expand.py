"""The template as CloudFormation expands it: plain resources, for tools that know no others.

`python -m local.expand INTO` writes it there.
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
# It says twice that it was given no feature toggles.
logging.getLogger("samtranslator.feature_toggle.feature_toggle").setLevel(logging.CRITICAL)


def expand(template: Path) -> str:
    """Runs SAM's own translator; code on this machine becomes a URL that leads nowhere."""
    parsed = yaml_parse(template.read_text())
    return SamTemplateValidator(parsed, _NO_MANAGED_POLICIES, region=REGION).get_translated_template_if_valid()


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(expand(TEMPLATE))
