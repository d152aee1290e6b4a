# Sourced after common.sh: shows work as numbered steps with their time, never silent for more than 15 seconds.
#
#   steps_begin packages console server     names them
#   step COMMAND…                           runs the next one, its output going to $LOG
#   step_handover                           the next one is what the script turns into
#   steps_end                               closes the line
#
# On a terminal the steps share one line that is redrawn; elsewhere (CI) each change is a line. While a step runs, its
# last "[12/34]" in the log (ninja), or what apt says in $PROGRESS, becomes a bar.

steps_begin() {
  STEP_NAMES=("$@")
  STEP_TEXT=()
  STEP_AT=0
  STEP_ONE_LINE=
  [[ -t 1 && $(tput cols 2>/dev/null || echo 80) -ge 110 ]] && STEP_ONE_LINE=yes
  local name
  for name in "$@"; do STEP_TEXT+=("…"); done
  mkdir -p "$(dirname "$LOG")"
  printf '\n==== %s %s\n' "$(date '+%F %T')" "$*" >>"$LOG"
}

_clock() { printf '%d:%02d' $(($1 / 60)) $(($1 % 60)); }

_bar() {
  local done=$1 total=$2 width=12 filled text=
  ((total > 0)) || return
  filled=$((done * width / total))
  for ((i = 0; i < width; i++)); do ((i < filled)) && text+=█ || text+=░; done
  printf '▕%s▏ %d/%d' "$text" "$done" "$total"
}

_label() { printf '%d/%d  %s' $(($1 + 1)) ${#STEP_NAMES[@]} "${STEP_NAMES[$1]}"; }

_draw() {
  if [[ -n $STEP_ONE_LINE ]]; then
    local line= i
    for i in "${!STEP_NAMES[@]}"; do line+="$(_label "$i")  ${STEP_TEXT[$i]}     "; done
    printf '\r\033[K  %s' "${line%     }"
  elif [[ -t 1 ]]; then
    printf '\r\033[K  %s  %s' "$(_label "$STEP_AT")" "${STEP_TEXT[$STEP_AT]}"
  else
    printf '  %s  %s\n' "$(_label "$STEP_AT")" "${STEP_TEXT[$STEP_AT]}"
  fi
}

_finished() {
  STEP_TEXT[$STEP_AT]=$1
  _draw
  [[ -z $STEP_ONE_LINE && -t 1 ]] && echo
  STEP_AT=$((STEP_AT + 1))
}

# "done total" of the step under way. apt's lines are "dlstatus:2:41.8:…" (fetching) and "pmstatus:clang-19:12.5:…"
# (installing), each in per cent of its half.
_progress() {
  local line kind percent
  line=$(grep -aE '^(dl|pm)status:' "$PROGRESS" 2>/dev/null | tail -n 1)
  if [[ -n $line ]]; then
    IFS=: read -r kind _ percent _ <<<"$line"
    percent=${percent%.*}
    [[ $kind == dlstatus ]] && echo "$((percent / 2)) 100" || echo "$((50 + percent / 2)) 100"
  else
    tail -c +"$1" "$LOG" | tail -c 2000 | grep -aoE '^\[[0-9]+/[0-9]+\]' | tail -n 1 | tr -d '[]' | tr '/' ' '
  fi
}

step() {
  local begun=$SECONDS from every=15 shown=$SECONDS pid status numbers
  [[ -t 1 ]] && every=1
  : >"$PROGRESS"
  from=$(($(stat -c %s "$LOG") + 1))
  STEP_TEXT[$STEP_AT]=…
  _draw
  # In a process group of its own, so that an interrupt ends all of it: without job control bash would shield it from Ctrl-C.
  set -m
  "$@" >>"$LOG" 2>&1 </dev/null &
  pid=$!
  set +m
  trap 'kill -TERM -- -'"$pid"' 2>/dev/null; echo; exit 130' INT TERM
  while kill -0 "$pid" 2>/dev/null; do
    sleep 0.2
    ((SECONDS - shown < every)) && continue
    shown=$SECONDS
    read -r -a numbers <<<"$(_progress "$from")"
    STEP_TEXT[$STEP_AT]="$(_bar "${numbers[0]:-0}" "${numbers[1]:-0}") $(_clock $((SECONDS - begun)))"
    STEP_TEXT[$STEP_AT]=${STEP_TEXT[$STEP_AT]# }
    _draw
  done
  wait "$pid"
  status=$?
  trap - INT TERM
  if ((status != 0)); then
    _finished "✗  $(_clock $((SECONDS - begun)))"
    printf '\n\n'
    tail -c +"$from" "$LOG" | grep -aE 'error|Error|ERR|FAILED|^E:|fatal' | head -n 20
    printf '… the last lines of %s:\n' "${LOG#"$ROOT"/}"
    tail -c +"$from" "$LOG" | tail -n 25
    return "$status"
  fi
  _finished "✓  $(_clock $((SECONDS - begun)))"
}

step_handover() { _finished "→"; }

steps_end() {
  [[ -n $STEP_ONE_LINE ]] && echo
  rm -f "$PROGRESS"
}
