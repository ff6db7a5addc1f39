# Sourced by ./mtrl physics after setup.sh: builds MuJoCo's library from the source archive of the distribution, for the
# processor of this machine and with a profile of the tasks. Bit by bit it computes what the distribution's does.
#
# In force is what $physics holds: the program looks there first (src/Interop.CSharp/Physics/native/Physics.targets).
# One finished file is renamed into it at the end, so that a failure at any point, or a kill, changes nothing.

physics=$root/.mtrl/physics
# For eng/package: the same for AVX2 and for every processor, with licences.
package=$root/.mtrl/physics-package
work=$root/.mtrl/physics-build

mujoco=mujoco_2.2.2.orig.tar.gz
mujoco_hash=7aad590d2ec6056f0235021e493db014784452538e45513c4c022de22d8270b0
ccd=libccd_2.1.orig.tar.gz
ccd_hash=3543093486a8bdb7129e18d69d8f2b42e3056877521425210f9fe560789ebba5

# A task of each domain of DeepMind Control.
domains=(acrobot-swingup ball_in_cup-catch cartpole-swingup cheetah-run finger-spin hopper-hop pendulum-swingup
    reacher-easy walker-run)

# Where the loader of glibc looks on a processor with AVX2; on others it passes by.
level=x86-64-v3

# What stays in force, in words.
in_force() {
    if find "$physics" -name 'libmujoco.so.*' 2>/dev/null | grep -q .; then
        echo "the library that was built here before stays in force"
    else
        echo "the library of the system stays in force"
    fi
}

# give_up WHY…: one line.
give_up() {
    say "physics: $*; $(in_force)."
    exit 2
}

has_level() { /lib64/ld-linux-x86-64.so.2 --help 2>/dev/null | grep -q "$level (supported"; }

missing_for_physics() {
    [ -e /usr/include/tinyxml2.h ] || echo libtinyxml2-dev
    [ -e /usr/include/tiny_obj_loader.h ] || echo libtinyobjloader-dev
    [ -e /usr/include/lodepng.h ] || echo liblodepng-dev
    [ -e /usr/include/libqhull_r/libqhull_r.h ] || echo libqhull-dev
}

# What can be known before anything is fetched or installed.
check_physics() {
    local header=/usr/include/mujoco/mujoco.h found
    [ -z "${MUJOCO_PATH:-}" ] || give_up "MUJOCO_PATH=$MUJOCO_PATH names the library to use, unset it first"
    found=$(sed -n 's/^#define mjVERSION_HEADER *//p' "$header" 2>/dev/null || true)
    [ "${found:-222}" = 222 ] || give_up "$header is of MuJoCo $found, the source is of 222"
    command -v apt-get >/dev/null || give_up "takes the source from the archive of Debian or Ubuntu, and finds no apt-get"
    if command -v gcc >/dev/null; then
        echo 'int main(void) { return 0; }' |
            gcc -flto -fno-fat-lto-objects -x c -o /dev/null - >/dev/null 2>&1 ||
            give_up "this gcc cannot optimise a program as a whole (-flto)"
    fi
    found=$(df -Pk "$root/.mtrl" | awk 'NR == 2 { print int($4 / 1024) }')
    [ "$found" -ge 400 ] || give_up "needs 400 MB of disk in $root/.mtrl, finds $found MB"
}

# source_lists FOLDER: the archives of this system, as lists of sources only.
source_lists() {
    local list parts file
    eval "$(apt-config shell list Dir::Etc::sourcelist/f parts Dir::Etc::sourceparts/d)"
    mkdir -p "$1"
    for file in "${list:-}" "${parts%/}"/*.list; do
        [ -f "$file" ] && sed -nE 's/^[[:space:]]*deb([[:space:]])/deb-src\1/p' "$file" >"$1/${file##*/}"
    done
    for file in "${parts%/}"/*.sources; do
        [ -f "$file" ] && sed -E 's/^[Tt]ypes:.*/Types: deb-src/' "$file" >"$1/${file##*/}"
    done
    find "$1" -type f -size +0 | grep -q .
}

# Lists, caches and archives in folders of this build: those of the system are not changed.
fetch_sources() {
    local lists=$work/lists apt
    mkdir -p "$lists/partial" "$work/cache/archives/partial" "$work/archives"
    apt=(apt-get -q -o Dir::Etc::sourcelist=/dev/null -o "Dir::Etc::sourceparts=$work/sources"
        -o "Dir::State::lists=$lists" -o "Dir::Cache=$work/cache" -o Acquire::Retries=2)
    # An archive without sources is no failure, where another has them.
    "${apt[@]}" update || true
    cd "$work/archives" && "${apt[@]}" source --tar-only --download-only mujoco libccd
}

# check_archive NAME SHA-256
check_archive() {
    local file=$work/archives/$1 found
    [ -f "$file" ] ||
        give_up "the archive of this system has $(cd "$work/archives" && ls | tr '\n' ' ')where $1 is needed"
    found=$(sha256sum "$file" | cut -d' ' -f1)
    [ "$found" = "$2" ] || give_up "$1 is another file than expected (SHA-256 $found, not $2)"
}

unpack() {
    mkdir -p "$work/mujoco" "$work/ccd" "$work/include/ccd" "$work/engine" "$work/others" &&
        tar -xf "$work/archives/$mujoco" -C "$work/mujoco" --strip-components=1 --wildcards '*/src' '*/include' '*/LICENSE' &&
        tar -xf "$work/archives/$ccd" -C "$work/ccd" --strip-components=1 &&
        printf '#define CCD_DOUBLE\n' >"$work/include/ccd/config.h"
}

# compile generate|use FLAGS TEXT: the objects of the engine anew. In its folder, whose name may have spaces.
compile() {
    rm -f "$work"/engine/*.o
    cd "$work" && exec make -f "$root/eng/physics.mk" -j"$(nproc)" FLAGS="$2" PROFILE="$1" TEXT="$3"
}

# with_library COMMAND…: on the library that was just made.
with_library() { LD_LIBRARY_PATH=$work exec "$@"; }

# Random actions in MT10, then in each domain of DeepMind Control.
act_at_random() {
    trap 'kill "$!"; exit 143' TERM
    local task
    with_library dotnet "$program" bench env --alone --rounds 1 --threads 1 --environments 1 &
    wait "$!" || return
    for task in "${domains[@]}"; do
        with_library dotnet "$program" demo "$task" --plain &
        wait "$!" || return
    done
}

# The shipped policy in all fifty tasks, and random actions: two processes at a time, which add to one profile.
gather_profile() {
    local both=()
    trap 'kill "${both[@]}"; exit 143' TERM
    # Counters of two threads would disturb each other.
    export MTRL_THREADS=1
    with_library dotnet "$program" eval policy:mt50 --episodes 1 &
    both+=($!)
    act_at_random &
    both+=($!)
    wait "${both[0]}" && wait "${both[1]}" && compgen -G "$work/engine/*.gcda"
}

# The recorded episodes on the library that was just made, and on no other.
verify_library() {
    (with_library ldd "${program%/*}/libmtrl_mujoco.so") | grep -F "$work/libmujoco.so.2.2.2" &&
        with_library dotnet "$program" verify "$root/tests/golden"/{dmcontrol,dmcontrol_frames,metaworld,mtenv} --failures-only
}

# Removes what a failed, killed or finished build leaves.
tidy() { rm -rf "$work"; }

# attempt TITLE COMMAND…: as step; a failure ends the build.
attempt() { step "$@" || give_up "${1,} failed"; }

remove_physics() {
    rm -rf "$physics" "$package" "$work"
    say "physics: the library of the system is in force."
}

# Everything up to a profile, which serves all processors.
gather_sources() {
    source_lists "$work/sources" || give_up "/etc/apt names no archive from which the source could come"
    attempt "Download of the source" fetch_sources
    check_archive "$mujoco" "$mujoco_hash"
    check_archive "$ccd" "$ccd_hash"
    attempt "Unpacking of the source" unpack
    attempt "Compilation with counters" compile generate "" ""
    attempt "Profile of the tasks" gather_profile
}

# make_library NAME FLAGS PLACE: compiled, verified, moved.
make_library() {
    local text
    text="gcc $(gcc -dumpfullversion), optimised as a whole with a profile, for $1"
    attempt "Compilation for $1" compile use "$2" "$text"
    attempt "Verification with tests/golden" verify_library
    mkdir -p "$3" && sync "$work/libmujoco.so.2.2.2" && mv -T "$work/libmujoco.so.2.2.2" "$3/libmujoco.so.2.2.2" ||
        give_up "$3 cannot be written"
}

avx2=("AVX2" "-mavx2 -mbmi2")
every=("every $(uname -m)" "")

build_physics() {
    local began=$SECONDS
    gather_sources
    if has_level; then
        make_library "${avx2[@]}" "$physics/glibc-hwcaps/$level"
    else
        make_library "${every[@]}" "$physics"
    fi
    say "physics: built in $((SECONDS - began)) s and in force from now on: $(find "$physics" -name 'libmujoco.so.*')." \
        "'./mtrl bench env' measures it, './mtrl physics --remove' undoes it."
}

# The small libraries of the engine and their licences, so that a program of the package needs nothing of the system's.
copy_libraries() {
    local name arrow file owner
    while read -r name arrow file _; do
        case $name in
        libtinyxml2.* | liblodepng.* | libqhull_r.*)
            owner=$(dpkg-query -S "$(readlink -f "$file")" | cut -d: -f1) && cp -L "$file" "$work/package/$name" &&
                cp "/usr/share/doc/$owner/copyright" "$work/package/LICENSE.${name%%.*}" || return
            ;;
        esac
    done < <(ldd "$work/package/libmujoco.so.2.2.2")
}

build_package() {
    has_level || give_up "this processor has no AVX2, so the library for it cannot be verified"
    gather_sources
    make_library "${every[@]}" "$work/package"
    make_library "${avx2[@]}" "$work/package/glibc-hwcaps/$level"
    attempt "Libraries of the engine" copy_libraries
    cp "$work/mujoco/LICENSE" "$work/package/LICENSE.mujoco" && cp "$work/ccd/BSD-LICENSE" "$work/package/LICENSE.libccd" &&
        rm -rf "$package" && mv -T "$work/package" "$package" || give_up "$package cannot be written"
    say "physics: in $package, which the next packages contain."
}

run_physics() {
    case "$*" in
    "" | --remove | --package) ;;
    *) stop "physics $*: takes no words but --remove and --package." ;;
    esac
    mkdir -p "$root/.mtrl"
    if [ "$*" != --remove ]; then
        check_physics
        install_packages missing_for_physics 10 "; $(in_force)."
        prepare
    fi
    # After the build of the program: its server, which stays behind, must not hold the lock.
    exec 9>"$root/.mtrl/physics.lock"
    flock -n 9 || { say "another build of the library runs here, waiting for it" && flock 9; }
    if [ "$*" = --remove ]; then
        remove_physics
    else
        trap tidy EXIT
        tidy
        mkdir -p "$work"
        case "$*" in
        --package) build_package ;;
        *) build_physics ;;
        esac
    fi
}
