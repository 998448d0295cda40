# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# The sections of run and full that need roots of Debian releases. Nothing is
# installed in one when its first command runs: made once, kept as it is, and
# copied. Uses lib.sh and steps.sh.

roots=/var/tmp/gst-mobilenet-roots

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
# compute, it costs little. Without it fresh does the same.
making=
make_bases() {
  local suite
  [ -x "$shared/tools/debian-root" ] && [ "$(id -u)" = 0 ] || return 0
  for suite in "$@"; do make_base "$suite"; done &
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

# further SUITE: the packages that more tests need into the root that fresh
# left, and the tests that they make a difference to.
further() {
  local suite=$1 name="Debian $1 with all packages" packages
  section "tests on Debian $suite with all packages"
  can_make_roots "$name" || return 0
  # Kernels are looked at by clang and oclgrind on this release already.
  mapfile -t packages < <(grep -vx -e clang -e oclgrind .ci/packages-tests
    echo libgstreamer-plugins-bad1.0-dev)
  if ! in_root "$suite" ./.ci/setup "${packages[@]}" >"$log" 2>&1; then
    tail -n 3 "$log"
    skip "$name" "its packages could not be installed"
    return 0
  fi
  tests "$name" "$shared/tools/debian-root" run "$roots/fresh-$suite" \
    "$roots/checkout-$suite" "$shared" -- env "MOBILENET_SHARED=$shared" \
    MOBILENET_TESTS="--no-suite slow --no-suite kernels --no-suite tool \
      --no-suite preprocess --no-suite fuzz" ./.ci/test
  no_warnings "$name"
}

remove_roots() {
  rm -rf "$roots"/fresh-* "$roots"/checkout-*
}
