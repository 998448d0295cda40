# SPDX-License-Identifier: LGPL-2.1-or-later
"""How run.py runs the commands of the documentation where there is no camera,
no screen and no cluster."""

# Made in the folder where they run: what readers have of their own.
PREPARE = r"""
cp models/camera_health.tflite mobilenet.tflite
cp models/camera_health.tflite mobilenet_v3.tflite
printf '%s\n' good dark overexposed blurred noisy test-card no-signal broken \
  >labels.txt
gst-launch-1.0 -q videotestsrc num-buffers=1 ! \
  video/x-raw,format=NV12,width=1920,height=1080 ! filesink location=frame.raw
gst-launch-1.0 -q videotestsrc pattern=smpte num-buffers=45 ! \
  video/x-raw,width=320,height=240,framerate=15/1 ! videoconvert ! \
  vp8enc deadline=1 cpu-used=8 ! webmmux ! filesink location=video.webm
mkdir videos
cp video.webm videos/one.webm
"""

# Live, and of the size of a camera's pictures: what stops with those has to
# stop here.
CAMERA = ("videotestsrc is-live=true pattern=smpte num-buffers=45 ! "
          "capsfilter caps=video/x-raw,width=1280,height=720,framerate=30/1")

# (pattern, what stands in for it, why)
STAND_INS = (
    (r"\./\.ci/setup", "true", "a test installs nothing"),
    (r"v4l2src( device=\S+)?", CAMERA, "no camera"),
    (r"libcamerasrc", CAMERA, "no camera of libcamera"),
    (r"autovideosink", "fakesink", "no screen"),
    (r"\bMODEL\b", "mobilenet.tflite", "the bundled model"),
)

# Of the top folder: what a fresh checkout has.
CHECKOUT = ("COPYING", "README.md", ".ci", "docs", "engine", "gst",
            "meson.build", "meson_options.txt", "models", "opencl",
            "pipelines", "tests")

# (pattern of a line, the packages without which it is skipped, a command that
# succeeds where they are there); it asks for them by itself, so that what is
# broken in ours fails.
NEEDS = (
    (r"pipelines/fleet", "mosquitto, mosquitto-clients",
     "PATH=$PATH:/usr/sbin; command -v mosquitto && "
     "command -v mosquitto_pub && command -v mosquitto_sub"),
    (r"pipelines/network-camera", "python3-gi, gir1.2-gst-rtsp-server-1.0",
     "/usr/bin/python3 -c 'import gi; "
     "gi.require_version(\"GstRtspServer\", \"1.0\")'"),
    (r"--backend opencl", "an OpenCL device, as of pocl-opencl-icd",
     "${ANY_CL_DEVICE:-false}"),
)

# (pattern, why it is not run)
NOT_RUN = (
    (r"\./\.ci/test", "it is how this runs"),
    (r"broker\.example", "it names somebody's broker and cameras"),
    (r"--sshlogin", "it needs other machines; one at a time, its last command "
     "is run by the test of the archive"),
    (r"sbatch", "it needs a cluster; its command is run by the test of the "
     "archive"),
    (r"bench-venv|tests/bench/|bench-live",
     "it measures, for minutes or with packages from PyPI"),
)
