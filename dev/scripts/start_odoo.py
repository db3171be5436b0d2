"""Start Odoo's command line: ``python start_odoo.py [--addons-path=…] …``.

Odoo's server starts itself anew for its second port from ``sys.argv[0]``, which is a
file only when it was started as a script and not as ``python -m odoo``.
"""

from odoo.cli.command import main

main()
