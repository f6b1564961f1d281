# Beside the base image's jupyter_server_config.json, of which it changes nothing.
c = get_config()  # noqa: F821
c.MultiKernelManager.default_kernel_name = "ir"
