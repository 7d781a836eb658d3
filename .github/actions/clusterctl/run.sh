#!/usr/bin/env bash
# Runs clusterctl for action.yml. The exit code of clusterctl becomes an output; only a command line that is wrong fails.
set -uo pipefail

read -ra files <<< "$INPUT_FILES"
read -ra arguments <<< "$INPUT_ARGUMENTS"
case $INPUT_COMMAND in
  validate) ;;
  plan | doctor) arguments+=(--detailed-exitcode) ;;
  *) echo "::error::command must be validate, plan or doctor"; exit 64 ;;
esac
clusterctl "$INPUT_COMMAND" --format github "${arguments[@]}" -- "${files[@]}"
code=$?
[ "$INPUT_COMMAND" = plan ] || echo "exit-code=$code" >> "$GITHUB_OUTPUT"
if [ "$INPUT_COMMAND" = plan ]; then # the summary is that of this step alone
  cp "$GITHUB_STEP_SUMMARY" "$RUNNER_TEMP/clusterctl-plan.md"
  echo "markdown=$RUNNER_TEMP/clusterctl-plan.md" >> "$GITHUB_OUTPUT"
fi
[ "$code" -ne 64 ]
