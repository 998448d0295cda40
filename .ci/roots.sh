# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# The sections of run and full that need roots of Debian releases. Nothing is
# installed in one when its first command runs: made once, kept as it is, and
# copied. Uses lib.sh and steps.sh.

roots=/var/tmp/gst-mobilenet-roots

# One of each generation of those whose compilers need no emulation.
few_gpus=(adreno-660 adreno-750)

# Whether roots can be made here; $1 is skipped where not.
can_make_roots() {
  if [ ! -x "$shared/tools/debian-root" ]; then
    skip "$1" "no tools/debian-root in $shared"
  elif [ "$(id -u)" != 0 ]; then
    skip "$1" "only root can make its root"
  else
    return 0
  fi
  return 1
}

# in_root SUITE COMMAND...: in the fresh root, in its own checkout.
in_root() {
  local suite=$1
  shift
  "$shared/tools/debian-root" run "$roots/fresh-$suite" \
    "$roots/checkout-$suite" -- "$@"
}

# make_base SUITE: the untouched root, if it is not there yet.
make_base() {
  mkdir -p "$roots" &&
    "$shared/tools/debian-root" "$1" "$roots/base-$1" >"$roots/$1.log" 2>&1
}

# This waits for the network most of the time: begun while other sections
# compute, it costs little. Without it fresh and gpus do the same. SUITE...
making=
make_bases() {
  local suite
  [ -x "$shared/tools/debian-root" ] && [ "$(id -u)" = 0 ] || return 0
  {
    for suite in "$@"; do make_base "$suite"; done
    ./.ci/gpus --roots "${few_gpus[@]}" >/dev/null 2>&1
  } &
  making=$!
}

# make_fresh SUITE: a copy of it, and a clone of what is committed here.
make_fresh() {
  local fresh=$roots/fresh-$1 checkout=$roots/checkout-$1
  [ -z "$making" ] || wait "$making"
  making=
  rm -rf "$fresh" "$checkout"
  make_base "$1" && {
    cp -a --reflink=auto "$roots/base-$1" "$fresh" &&
      git clone -q --depth 1 "file://$PWD" "$checkout"
  } >"$roots/$1.log" 2>&1
}

# The commands of the README's section, word for word: "run" or "test".
readme_command() {
  sed -n '/^## Two commands$/,/^## What/s/^\(\.\/\.ci\/setup && .*\)$/\1/p' \
    README.md | grep "/[a-z-]*$1\$"
}

# What was built last, in the log: -Dwerror=true would have refused it.
no_warnings() {
  if grep -E '\.[ch]:[0-9]+:[0-9]+: warning:' "$log"; then
    count_failure "$1: warnings"
  fi
}

# fresh SUITE WORD...: the README's commands in a root of that release where
# nothing else is installed, in that order; the first one finds it so.
fresh() {
  local suite=$1 name="fresh Debian $1" word command
  local checkout=$roots/checkout-$1
  section "the README's two commands on a fresh Debian $suite"
  can_make_roots "$name" || return 0
  if ! make_fresh "$suite"; then
    tail -n 3 "$roots/$suite.log"
    skip "$name" "its root could not be made"
    return 0
  fi
  for word in "${@:2}"; do
    command=$(readme_command "$word") || {
      count_failure "$name: the README has no command that ends in $word"
      continue
    }
    echo "# $command"
    case $word in
    run)
      step "$name: first-run" in_root "$suite" sh -c "$command"
      step "$name: its picture" test -s "$checkout/first-run.png"
      ;;
    test)
      tests "$name" in_root "$suite" sh -c "$command"
      # Where it is the first it builds, and shows how.
      [ "$word" != "$2" ] || no_warnings "$name"
      ;;
    esac
  done
}

# The headers of GstAnalytics without the half gigabyte that their package
# depends on for others: its files alone, and what has the libraries.
unpack_analytics() {
  in_root "$1" sh -euc 'folder=$(mktemp -d); cd "$folder"
    apt-get -q -o APT::Sandbox::User=root download \
      libgstreamer-plugins-bad1.0-dev
    dpkg-deb -x ./*.deb /; rm -r "$folder"'
}

# In the root's checkout: the tests that can tell more with these packages:
# those that missed one of them, and those of the elements, which are built
# with more. OpenCL is tested on the machine itself.
# shellcheck disable=SC2016
further_tests='
  missed=$(./.ci/skipped build "$@" | tr "\n" " ")
  ./.ci/build
  MOBILENET_TESTS=$(meson test -C build --no-rebuild --list |
    awk -v missed="$missed" "
      BEGIN { split(missed, names); for (i in names) wanted[names[i]] }
      \$NF !~ /^faulty-device/ && (\$NF in wanted || \$1 ~ /:gst\$/) \
        { printf \"%s \", \$NF }")
  export MOBILENET_TESTS
  ./.ci/test'

# further SUITE: packages that more tests need into the root that fresh left.
further() {
  local suite=$1 name="Debian $1 with more packages" packages
  section "tests on Debian $suite with more packages"
  can_make_roots "$name" || return 0
  mapfile -t packages < <(echo gir1.2-gst-plugins-bad-1.0
    grep -vx -e clang -e oclgrind -e pocl-opencl-icd .ci/packages-tests)
  if ! in_root "$suite" ./.ci/setup "${packages[@]}" >"$log" 2>&1 ||
    ! unpack_analytics "$suite" >"$log" 2>&1; then
    tail -n 3 "$log"
    skip "$name" "its packages could not be installed"
    return 0
  fi
  tests "$name" in_root "$suite" bash -euc "$further_tests" bash \
    libgstreamer-plugins-bad1.0-dev "${packages[@]}"
  no_warnings "$name"
}

# gpus [GPU...]
gpus() {
  section "programs for GPUs, by their compilers"
  step "programs for GPUs" ./.ci/gpus "$@"
}

remove_roots() {
  rm -rf "$roots"/fresh-* "$roots"/checkout-*
}
