/** The scripts with which shells request completions from our commands. */

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof SHELLS)[number];

/** @param executables that are completed. @returns the script for a shell */
export function completionScript(shell: Shell, executables: readonly string[]): string {
  const names = executables.join(' ');
  if (shell === 'bash') return bash(names);
  return shell === 'zsh' ? zsh(names) : fish(executables);
}

/** Bash splits words at ":" and "=", which ours may contain: so the script parses the line itself. */
const bash = (
  names: string,
) => `# bash completion of KubeStellar's commands.  Use: source <(kubectl kubestellar completion bash)

__kubestellar_complete() {
  local words out line directive cur colon
  COMPREPLY=()
  read -ra words <<<"${'$'}{COMP_LINE:0:COMP_POINT}"
  case ${'$'}{COMP_LINE:0:COMP_POINT} in *[[:space:]]) words+=('') ;; esac
  if [[ ${'$'}{words[0]##*/} == kubectl ]]; then
    [[ ${'$'}{words[1]-} == kubestellar && ${'$'}{#words[@]} -gt 2 ]] || return 0
    words=(kubectl-kubestellar "${'$'}{words[@]:2}")
  fi
  out=$("${'$'}{words[0]}" __completeNoDesc "${'$'}{words[@]:1}" 2>/dev/null) || return 0
  directive=${'$'}{out##*:}
  cur=${'$'}{words[${'$'}{#words[@]} - 1]}
  [[ $cur == -*=* ]] && cur=${'$'}{cur#*=}
  colon=
  [[ $COMP_WORDBREAKS == *:* && $cur == *:* ]] && colon=${'$'}{cur%"${'$'}{cur##*:}"}
  while IFS= read -r line; do
    [[ $line == :* || $line != "$cur"* ]] || COMPREPLY+=("${'$'}{line#"$colon"}")
  done <<<"$out"
  if (( directive & 16 )); then
    while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -d -- "$cur")
  elif (( ! (directive & 5) && ${'$'}{#COMPREPLY[@]} == 0 )); then
    while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$cur")
    type compopt &>/dev/null && compopt -o filenames
  fi 2>/dev/null
  (( directive & 2 )) && type compopt &>/dev/null && compopt -o nospace 2>/dev/null
  return 0
}

complete -F __kubestellar_complete ${names}
# kubectl's own completion asks us through kubectl_complete-kubestellar; where it is not loaded we answer ourselves.
complete -p kubectl &>/dev/null || complete -o default -F __kubestellar_complete kubectl
`;

const zsh = (names: string) => String.raw`#compdef ${names}
# zsh completion of KubeStellar's commands.  Use: source <(kubectl kubestellar completion zsh)

_kubestellar() {
  local out line value directive
  local -a candidates
  out=$("${'$'}{words[1]}" __complete "${'$'}{(@)words[2,CURRENT]}" 2>/dev/null) || return 1
  directive=${'$'}{out##*:}
  for line in "${'$'}{(@f)out}"; do
    [[ -z $line || $line == :* ]] && continue
    value=${'$'}{line%%$'\t'*}
    value=${'$'}{value//:/\\:}
    [[ $line == *$'\t'* ]] && value+=:${'$'}{line#*$'\t'}
    candidates+=("$value")
  done
  compset -P '-*='
  if (( directive & 16 )); then
    _files -/
  elif (( $#candidates )); then
    if (( directive & 2 )); then _describe -V completion candidates -S ''; else _describe -V completion candidates; fi
  elif (( ! (directive & 5) )); then
    _files
  fi
}

compdef _kubestellar ${names}
`;

const fish = (
  executables: readonly string[],
) => `# fish completion of KubeStellar's commands.  Use: kubectl kubestellar completion fish | source

function __kubestellar_complete
  set -l tokens (commandline -opc)
  set -l out ($tokens[1] __complete $tokens[2..-1] (commandline -ct) 2>/dev/null)
  or return
  set -l directive (string replace ':' '' -- $out[-1])
  if test (math "bitand($directive, 16)") -ne 0
    __fish_complete_directories (commandline -ct)
  else if test (count $out) -gt 1
    set -l prefix (string match -r -- '^-[^=]*=' (commandline -ct))
    for line in $out[1..-2]
      printf '%s\\n' "$prefix$line"
    end
  else if test (math "bitand($directive, 5)") -eq 0
    __fish_complete_path (commandline -ct)
  end
end

${executables.map((name) => `complete -c ${name} -f -a '(__kubestellar_complete)'`).join('\n')}
`;
