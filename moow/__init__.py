"""The command line."""

import warnings

# A library asks where sockets may lie; on a server without a login session nowhere is fine.
# Here, because it asks while it is imported.
warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR")
