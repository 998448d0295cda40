# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# Sections and counting, for run and full.

passed=0 failed=0 skipped=0
failures=()
log=$(mktemp)
trap 'rm -f "$log" "$log".*' EXIT

section() {
  printf '\n==== %s ====\n' "$1"
}

skip() {
  echo "SKIPPED $1: $2"
  skipped=$((skipped + 1))
}

count_failure() {
  failed=$((failed + ${2:-1}))
  failures+=("$1")
  echo "FAILED $1"
}

# Counts a command by its status: 0 passed, 77 skipped, else failed.
count_step() {
  local name=$1 status=$2 took=$3
  case $status in
  0) passed=$((passed + 1)); echo "passed $name ($took s)" ;;
  77) skip "$name" "$(tail -n 1 "$log")" ;;
  *) count_failure "$name" ;;
  esac
}

# Runs a command as one check.
step() {
  local name=$1 status start=$SECONDS
  shift
  "$@" 2>&1 | tee "$log"
  status=${PIPESTATUS[0]}
  count_step "$name" "$status" $((SECONDS - start))
}

# The same for a command that keeps one processor busy: it is begun beside
# others, and waits for one to end where there are as many as processors.
# end_steps shows and counts them, in their order.
begun=() running=()
begin_step() {
  local file=$log.${#begun[@]} pid still=()
  begun+=("$1")
  for pid in "${running[@]}"; do
    if kill -0 "$pid" 2>/dev/null; then still+=("$pid"); fi
  done
  running=("${still[@]}")
  [ "${#running[@]}" -lt "$(nproc)" ] || wait -n "${running[@]}"
  {
    local start=$SECONDS status=0
    "${@:2}" >"$file" 2>&1 || status=$?
    echo "$status $((SECONDS - start))" >"$file.status"
  } &
  running+=($!)
}

end_steps() {
  local i status took
  [ ${#running[@]} = 0 ] || wait "${running[@]}"
  for i in "${!begun[@]}"; do
    cp "$log.$i" "$log"
    cat "$log"
    read -r status took <"$log.$i.status"
    count_step "${begun[$i]}" "$status" "$took"
    rm -f "$log.$i" "$log.$i.status"
  done
  begun=() running=()
}

# meson's summary has "Ok:   12" and the like.
summary_of() {
  sed -n "s/^$1: *\([0-9][0-9]*\).*/\1/p" "$log" | tail -n 1
}

# Runs a command that ends with a meson test run, and counts its tests.
tests() {
  local name=$1 status start=$SECONDS ok bad
  shift
  "$@" 2>&1 | tee "$log"
  status=${PIPESTATUS[0]}
  ok=$(summary_of Ok)
  bad=$(($(summary_of Fail)+0 + $(summary_of Timeout)+0))
  passed=$((passed + ${ok:-0}))
  skipped=$((skipped + $(summary_of Skipped)+0))
  if [ "$status" != 0 ] || [ -z "$ok" ]; then
    count_failure "$name" $((bad > 0 ? bad : 1))
  else
    echo "$name: $((SECONDS - start)) s"
  fi
}

# The last line of a whole run, and its status.
finish() {
  section "result, after $((SECONDS / 60)) min $((SECONDS % 60)) s"
  [ ${#failures[@]} = 0 ] || printf 'failed: %s\n' "${failures[@]}"
  echo "$passed passed, $failed failed, $skipped skipped"
  [ "$failed" = 0 ]
}
