# Sourced by ./mtrl when something is to be built: finds and installs what is missing, builds, tests.
# Uses from there: root, stamp, setting, yes. Everything printed here goes to standard error, so
# that the output of the program itself stays clean; full logs are in .mtrl/.

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1

say() { printf 'mtrl: %s\n' "$*" >&2; }

# stop MESSAGE…: one message, nothing further. Exit code 2: the machine lacks something.
stop() {
    say "$*"
    exit 2
}

# step TITLE COMMAND…: runs the command with its output in a log; shows the time that passes on a
# terminal, one line at the end, and on failure the lines that say why.
step() {
    local title=$1 log began=$SECONDS pid code=0
    shift
    log=$root/.mtrl/$(printf '%s' "${title%% *}" | tr '[:upper:]' '[:lower:]').log
    # Without the lock: a build server that stays behind must not hold it.
    "$@" >"$log" 2>&1 </dev/null 8>&- &
    pid=$!
    trap 'kill "$pid" 2>/dev/null; say "interrupted."; exit 130' INT TERM
    if [ -t 2 ]; then
        while kill -0 "$pid" 2>/dev/null; do
            printf '\r\033[Kmtrl: %s … %d s' "$title" $((SECONDS - began)) >&2
            sleep 0.2
        done
        printf '\r\033[K' >&2
    else
        say "$title …"
    fi
    wait "$pid" || code=$?
    trap - INT TERM
    if [ "$code" = 0 ]; then
        say "$title: done in $((SECONDS - began)) s"
        return 0
    fi
    say "$title failed. What was reported (all of it: $log):"
    { grep -E '(^|[^a-z])(error|Error|fatal|E:|Err:|CMake Error)' "$log" || tail -n 15 "$log"; } |
        grep -vE '^ +[0-9]+ (Error|Warning)' | sed -E "s|$root/||g; s| \\[[^]]*proj\\]\$||" |
        sort -u | head -n 15 | cut -c -400 | sed 's/^ */  /' >&2
    return "$code"
}

# Commands for step: it starts them in a process of their own, which they replace.
as_root=(env)
[ "$(id -u)" = 0 ] || as_root=(sudo env)

apt_update() { exec "${as_root[@]}" apt-get update; }

apt_install() {
    exec "${as_root[@]}" DEBIAN_FRONTEND=noninteractive \
        apt-get install -y --no-install-recommends "$@"
}

dotnet_tools() { cd "$root" && exec dotnet tool restore; }

# Compilers end before what they count to optimise their own code has paid: without it F#'s takes 0.7 of the time.
dotnet_build() { cd "$root" && DOTNET_TieredPGO=0 exec dotnet build "$1" -c Release -v q --nologo -clp:NoSummary; }

# One line for each missing package: the name in Debian and Ubuntu.
missing_packages() {
    command -v g++ >/dev/null || echo g++
    command -v cmake >/dev/null || echo cmake
    command -v make >/dev/null || echo make
    [ -n "${MUJOCO_PATH:-}" ] || [ -e /usr/include/mujoco/mujoco.h ] || echo libmujoco-dev
    compgen -G '/usr/lib*/*/libOSMesa.so*' >/dev/null || compgen -G '/usr/lib*/libOSMesa.so*' >/dev/null ||
         echo libosmesa6
}

check_dotnet() {
    command -v dotnet >/dev/null || stop "needs the .NET SDK 10 and finds no 'dotnet'." \
        "Install it (https://dot.net/download, package dotnet-sdk-10.0) and run this again."
    dotnet --list-sdks | grep -qE '^(1[0-9])\.' || stop "needs the .NET SDK 10," \
        "finds: $(dotnet --list-sdks | cut -d' ' -f1 | tr '\n' ' ')(https://dot.net/download, package dotnet-sdk-10.0)."
}

check_paths() {
    case ${MTRL_CUDA:-} in
    "" | 0 | 1) ;;
    *) stop "MTRL_CUDA=$MTRL_CUDA: must be 1 (libtorch with CUDA) or 0." ;;
    esac
    [ -z "${MUJOCO_PATH:-}" ] || [ -e "$MUJOCO_PATH/include/mujoco/mujoco.h" ] ||
        stop "MUJOCO_PATH=$MUJOCO_PATH: no include/mujoco/mujoco.h there. Set it to the folder of a MuJoCo release."
}

by_hand() { stop "$1 Missing: ${packages[*]}. Install the like of them with your package manager$instead"; }

# install_packages FINDER MEGABYTES INSTEAD: those that the function FINDER names; INSTEAD ends the message where that
# cannot be done.
install_packages() {
    local packages answer instead=$3
    mapfile -t packages < <("$1")
    [ "${#packages[@]}" = 0 ] && return 0
    command -v apt-get >/dev/null || by_hand "cannot install by itself here (no apt-get)."
    [ "$(id -u)" = 0 ] || command -v sudo >/dev/null || by_hand "cannot install by itself here (neither root nor sudo)."
    say "first use: installs with apt-get (at most $2 MB): ${packages[*]}"
    if [ "$yes" = no ] && [ -t 0 ] && [ -t 2 ]; then
        read -r -p 'mtrl: go on? [Y/n] ' answer
        case $answer in [nN]*) by_hand "nothing was installed." ;; esac
    fi
    # The password is asked for here, not behind the progress line.
    [ "$(id -u)" = 0 ] || sudo -v || by_hand "sudo was refused."
    apt-cache show "${packages[@]}" >/dev/null 2>&1 ||
        step "Update of the package lists" apt_update || by_hand "apt-get failed."
    # Lists may know a version that the mirror has dropped: renew them once and try again.
    step "Installation of the packages" apt_install "${packages[@]}" ||
        { step "Update of the package lists" apt_update &&
            step "Installation of the packages" apt_install "${packages[@]}"; } || by_hand "apt-get failed."
}

# What one build needs beforehand, and one build at a time in this folder.
begin() {
    mkdir -p "$root/.mtrl"
    exec 8>"$root/.mtrl/lock"
    flock -n 8 || { say "another build runs here, waiting for it" && flock 8; }
    check_dotnet
    check_paths
    install_packages missing_packages 200 ", or unpack MuJoCo (https://mujoco.org) and set MUJOCO_PATH to its folder."
}

# What a build fetches beside the small packages, for its title.
fetched() {
    local packages=${NUGET_PACKAGES:-${HOME:-}/.nuget/packages}
    if [ "${MTRL_CUDA:-}" = 1 ]; then
        [ -d "$packages/torchsharp-cuda-linux" ] || echo " (fetches libtorch with CUDA, gigabytes)"
    else
        [ -d "$packages/libtorch-cpu-linux-x64" ] || echo " (fetches libtorch, 130 MB)"
    fi
}

# The stamp gets the time at which the build began, so that a file changed meanwhile counts as newer.
finish() {
    touch "$root/.mtrl/began"
    "$@" || exit 2
    printf '%s' "$setting" >"$stamp"
    touch -r "$root/.mtrl/began" "$stamp"
}

# For the program: its projects only, tests are built when they are asked for.
prepare() {
    begin
    if ! is_fresh; then
        step "Restore of the tools" dotnet_tools || exit 2
        finish step "Build of the program$(fetched)" dotnet_build src/Cli/Cli.fsproj
    fi
    exec 8>&-
}

run_build() {
    begin
    step "Restore of the tools" dotnet_tools || exit 2
    finish step "Build of the solution$(fetched)" dotnet_build MtrlFunctional.sln
}

# Where there is npm, what the page of 'mtrl play' needs; the site and a test do without it elsewhere.
page_if_possible() {
    . "$root/eng/page.sh"
    ! command -v npm >/dev/null || fetch_page || true
}

# The pages of the API come from the built program.
run_docs() {
    case ${1:-} in -*) stop "docs: $1 is no option. It takes a folder." ;; esac
    prepare
    page_if_possible
    [ $# = 0 ] || set -- "$(realpath -m "$1")"
    (cd "$root" && exec dotnet fsi tools/site/site.fsx "$@" </dev/null)
}

# The test programs, those that take longest first: each processor takes the next one.
test_programs=(Cli.Tests Interop.Tests Core.Tests Reliability.Tests Verification.Tests)

# test_program NAME WORDS: one test program, with its output at its end. Expecto takes the words, and has no test of the long form
# in its tree unasked. The filter of Microsoft's testing platform, which runs NUnit's tests, is an expression.
test_program() {
    local name=$1 words=$2 log=$root/.mtrl/test-$1.log code=0 filter='' options=()
    case $name in
    Interop.Tests)
        options=(--progress off --no-ansi)
        if [ -n "$words" ]; then
            filter=$(printf %s "$words" |
                sed 's/  *$//; s/^  *//; s/ *| */|/g; s/[\\()&=!~]/\\&/g; s/[^ |][^ |]*/FullyQualifiedName~&/g; s/  */\&/g; s/|/)|(/g; s/.*/(&)/')
            # A filter may leave a test program without tests, which is no failure.
            options+=(--ignore-exit-code 8)
        fi
        [ "${MTRL_LONG:-}" = 1 ] || filter="${filter:+($filter)&}TestCategory!=Long"
        [ -z "$filter" ] || options+=(--filter "$filter")
        ;;
    *) [ -z "$words" ] || options=(--filter "$words") ;;
    esac
    say "$name …"
    dotnet "$root/tests/$name/bin/Release/net10.0/$name.dll" ${options[@]+"${options[@]}"} </dev/null >"$log" 2>&1 || code=$?
    # One write, so that the outputs of two programs do not mix.
    printf '%s\n' "$(cat "$log")"
    return "$code"
}

# Programs without which some tests are skipped: launchers of MPI, and the daemons of Slurm.
missing_for_tests() {
    local program
    for program in mpirun.openmpi:openmpi-bin mpirun.mpich:mpich sbatch:slurm-client munged:munge slurmctld:slurmctld slurmd:slurmd; do
        [ -x "/usr/bin/${program%:*}" ] || [ -x "/usr/sbin/${program%:*}" ] || echo "${program#*:}"
    done
    compgen -G '/usr/lib*/*/slurm*/select_cons_tres.so' >/dev/null || echo slurm-wlm-basic-plugins
}

# [--long] [--packages] [--filter WORDS]. Those tests of which the full name contains all of the words; 'A|B': the words A or the words B.
run_test() {
    local log=$root/.mtrl/test.log code=0 words='' install=no passed failed skipped programs
    while [ "$#" -gt 0 ]; do
        case $1 in
        --long) export MTRL_LONG=1 ;;
        --packages) install=yes ;;
        --filter)
            [ "$#" -gt 1 ] || stop "test: --filter needs words, such as --filter 'actor-critic slope'."
            words=$2 && shift
            ;;
        *) stop "test: $1 is no option. Options: --long, --packages, --filter WORDS." ;;
        esac
        shift
    done
    run_build
    [ "$install" = no ] || install_packages missing_for_tests 150 ". Without --packages, tests that need them are skipped."
    page_if_possible
    exec 8>&-
    # Tests run most code a few times: counters of the compiler cost them more time than they save.
    export root DOTNET_TieredPGO=0
    export -f say test_program
    printf '%s\n' "${test_programs[@]}" |
        xargs -P "$(nproc)" -I{} bash -c 'test_program "$@"' test {} "$words" | tee "$log" || code=$?
    read -r passed failed skipped programs < <(awk -f "$root/eng/tests.awk" "$log")
    # A test program that died is a failure although it reports none, or nothing.
    if [ "$failed" = 0 ] && { [ "$code" != 0 ] || [ "$programs" != ${#test_programs[@]} ]; }; then failed=1; fi
    [ "$skipped" = 0 ] || printf '%d skipped\n' "$skipped"
    printf '%d passed, %d failed\n' "$passed" "$failed"
    [ "$failed" = 0 ] && [ "$passed" != 0 ]
}
