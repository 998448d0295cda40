/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <gst/gst.h>

#include "engine/mn.h"
#include "gst/mobilenet/gstmobilenet.h"
#ifdef HAVE_OVERLAY
#include "gst/overlay/gstmobilenetoverlay.h"
#endif
#include "gst/text/gstmobilenettext.h"
#include "opencl/opencl.h"

static gboolean
plugin_init (GstPlugin *plugin)
{
  gboolean ok = GST_ELEMENT_REGISTER (mobilenet, plugin);

  mn_context_add_backend (mn_context_get_default (), &mn_backend_opencl);
  ok |= GST_ELEMENT_REGISTER (mobilenettext, plugin);
#ifdef HAVE_OVERLAY
  ok |= GST_ELEMENT_REGISTER (mobilenetoverlay, plugin);
#endif
  return ok;
}

#define PACKAGE "gst-mobilenet"
GST_PLUGIN_DEFINE (GST_VERSION_MAJOR, GST_VERSION_MINOR, mobilenet,
    "MobileNet on video frames, on the CPU and with OpenCL", plugin_init,
    MN_VERSION, "LGPL", PACKAGE, PACKAGE)
