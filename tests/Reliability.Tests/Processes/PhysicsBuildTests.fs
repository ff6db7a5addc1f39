module MtrlFunctional.Reliability.Tests.Processes.PhysicsBuildTests

open Expecto
open Expecto.Flip
open System
open System.Diagnostics
open System.IO
open MtrlFunctional.Tests
open MtrlFunctional.Tests.Child

/// A folder with the launcher and its scripts, an archive of the distribution with sources of a few lines in place of
/// MuJoCo's, and a program that answers for `mtrl`: apt-get, tar, make and the compiler are those of this machine.
type PhysicsWorkshop() =
    let folder = TestFolder.create "physics"
    let path (names: string) = Path.Combine(folder, names)
    let root = path "a root"

    let program file (text: string) =
        // A killed build may still run the file: another one takes its place.
        File.Delete(path file)
        File.WriteAllText(path file, text)

        File.SetUnixFileMode(
            path file,
            UnixFileMode.UserRead ||| UnixFileMode.UserWrite ||| UnixFileMode.UserExecute
        )

    let bash (script: string) (words: string list) =
        let code, out, err =
            ChildProcess.executeIn folder "bash" ([ "-ec"; script; "bash" ] @ words) []

        code |> Expect.equal (out + err) 0

    /// With the index of the archive's sources.
    let prepare =
        """
        mkdir -p 'a root'/{eng,assets,extensions,.mtrl,src/Cli/bin/Release/net10.0} archive lists bin
        cp "$1/mtrl" 'a root'
        cp "$1"/eng/{setup.sh,physics.sh,physics.mk} 'a root/eng'
        touch 'a root'/{paket.lock,Directory.Build.props,Directory.Build.targets,assets/none}
        touch 'a root/src/Cli/bin/Release/net10.0/mtrl.dll'
        cp "$2" 'a root/src/Cli/bin/Release/net10.0/libmtrl_mujoco.so'
        printf 'MUJOCO_PATH=\nMTRL_CUDA=' >'a root/.mtrl/built'
        mkdir -p sources/{mujoco-2.2.2/{include,src/engine},libccd-2.1/src}
        touch sources/{mujoco-2.2.2/{include/none.h,LICENSE},libccd-2.1/BSD-LICENSE}
        echo '__attribute__((visibility("default"))) int mj_version(void) { return 222; }' \
            >sources/mujoco-2.2.2/src/engine/engine.c
        echo 'int ccd(void) { return 0; }' >sources/libccd-2.1/src/ccd.c
        for name in mujoco_2.2.2 libccd_2.1; do
            tar -C sources -czf archive/$name.orig.tar.gz ${name/_/-}
            echo $name >archive/$name-1.dsc
            printf 'Package: %s\nFormat: 3.0 (quilt)\nBinary: %s\n' ${name%_*} ${name%_*}
            printf 'Architecture: any\nVersion: %s-1\nDirectory: .\n' ${name#*_}
            for list in Checksums-Sha256:sha256sum Files:md5sum; do
                echo ${list%:*}:
                for file in $name-1.dsc $name.orig.tar.gz; do
                    read -r sum _ < <(${list#*:} archive/$file)
                    echo " $sum $(stat -c %s archive/$file) $file"
                done
            done
            echo
        done >archive/Sources
        echo "deb [trusted=yes] file:$PWD/archive ./" >lists/archive.list
        printf 'Dir::Etc::sourcelist "%s/none";\nDir::Etc::sourceparts "%s/lists";\n' \
            "$PWD" "$PWD" >apt.conf
        """

    let filesIn (place: string) =
        let place = Path.Combine(root, ".mtrl", place)

        if Directory.Exists place then
            Directory.GetFiles(place, "*", SearchOption.AllDirectories)
        else
            [||]

    do
        let library = Path.Combine(AppContext.BaseDirectory, "libmtrl_mujoco.so")
        bash prepare [ Repository.root; library ]

        // Nothing is installed by a test.
        program
            "bin/apt-get"
            "#!/bin/sh\ncase $* in *install*) exit 100 ;; esac\nexec /usr/bin/apt-get \"$@\"\n"

    /// Of the program that answers for `mtrl`: shell code for each of its commands.
    member _.Program(verify: string, eval: string) =
        program
            "bin/dotnet"
            $"""#!/bin/sh
case $* in
--list-sdks) echo 10.0.100 ;;
*" verify "*) {verify} ;;
*" bench "*) touch "$LD_LIBRARY_PATH/engine/engine.c.gcda" ;;
*" eval "*) {eval} ;;
esac
"""

    /// The hashes of this archive in place of the real ones.
    member _.Trust() =
        bash
            """
            hash() { sha256sum archive/$1.orig.tar.gz | cut -d' ' -f1; }
            sed -i "s/^mujoco_hash=.*/mujoco_hash=$(hash mujoco_2.2.2)/; s/^ccd_hash=.*/ccd_hash=$(hash libccd_2.1)/" \
                'a root/eng/physics.sh'
            """
            []

    member _.Executable file text = program file text
    member _.PathOf file = path file

    member private _.Environment = [
        "PATH", path "bin" + ":" + nonNull (Environment.GetEnvironmentVariable "PATH")
        "APT_CONFIG", path "apt.conf"
        for name in [ "MUJOCO_PATH"; "MTRL_CUDA"; "LD_PRELOAD"; "LD_LIBRARY_PATH" ] do
            name, ""
    ]

    /// Runs `./mtrl physics WORDS` to its end: exit code and lines of standard error.
    member this.Run(words: string list, more: (string * string) list) =
        let code, _, err =
            ChildProcess.execute
                (Path.Combine(root, "mtrl"))
                ("physics" :: words)
                (this.Environment @ more)

        code, err.TrimEnd('\n').Split '\n'

    /// Starts `./mtrl physics`.
    member this.Start() =
        let info = ProcessStartInfo(Path.Combine(root, "mtrl"), [ "physics" ])

        for name, value in this.Environment do
            info.Environment[name] <- value

        nonNull (Process.Start info)

    /// The libraries in force, and what a build left.
    member _.Installed = filesIn "physics"

    /// The files for the package, relative to their folder.
    member _.Packaged =
        filesIn "physics-package"
        |> Array.map (fun file ->
            Path.GetRelativePath(Path.Combine(root, ".mtrl", "physics-package"), file))

    member _.Leftover = Directory.Exists(Path.Combine(root, ".mtrl", "physics-build"))

    /// Which libmujoco the loader gives to a program of the repository.
    member _.Loaded =
        let _, out, _ =
            ChildProcess.execute "ldd" [
                path "a root/src/Cli/bin/Release/net10.0/libmtrl_mujoco.so"
            ] []

        Path.GetFullPath(
            Text.RegularExpressions.Regex.Match(out, @"libmujoco\S* => (.*) \(").Groups[1].Value
        )

/// `./mtrl physics` where something is missing, fails or is killed.
let ``a build of the physics library`` = [
    /// The packages that it installs; without them, its refusal is tested and no more.
    let required = [ "tinyxml2.h"; "tiny_obj_loader.h"; "lodepng.h"; "libqhull_r/libqhull_r.h" ]

    let workshop () =
        for header in required do
            if not (File.Exists $"/usr/include/{header}") then
                skiptest $"{header} is not installed ('./mtrl physics' installs it)"

        if not (File.Exists "/usr/bin/apt-get") then
            skiptest "no apt-get"

        let made = PhysicsWorkshop()
        made.Program("true", "true")
        made

    let stays = "the library of the system stays in force."

    /// Ends with one line that says why, and leaves nothing behind.
    let refusesWith (shop: PhysicsWorkshop) more (why: string) =
        let code, lines = shop.Run([], more)
        let text = String.concat "\n" lines
        code |> Expect.equal text 2
        Array.last lines |> Expect.stringStarts text "mtrl: physics: "
        Array.last lines |> Expect.stringContains text why
        Array.last lines |> endsWith stays
        lines |> Array.filter _.Contains(stays) |> Expect.hasLength text 1
        shop.Installed |> isEmpty
        shop.Leftover |> isFalse

    let refuses shop why = refusesWith shop [] why

    testCase "is in force when it is finished, until it is removed" (fun () ->
        let shop = workshop ()
        shop.Trust()
        let code, lines = shop.Run([], [])
        code |> Expect.equal (String.concat "\n" lines) 0
        Array.last lines |> contains "in force from now on"
        let library = Array.exactlyOne shop.Installed
        library |> endsWith "/libmujoco.so.2.2.2"
        shop.Loaded |> equals library
        File.ReadAllText library |> contains "optimised as a whole with a profile"
        shop.Leftover |> isFalse
        fst (shop.Run([ "--package" ], [])) |> equals 0

        shop.Packaged
        |> isPermutationOf (
            Words.split
                "LICENSE.libccd LICENSE.mujoco glibc-hwcaps/x86-64-v3/libmujoco.so.2.2.2
                libmujoco.so.2.2.2"
        )

        fst (shop.Run([ "--remove" ], [])) |> equals 0
        shop.Packaged |> isEmpty
        shop.Installed |> isEmpty
        shop.Loaded |> lacks ".mtrl")

    testCase "is for every processor where this one has no AVX2" (fun () ->
        let shop = workshop ()
        shop.Trust()
        let old = [ "GLIBC_TUNABLES", "glibc.cpu.hwcaps=-AVX2" ]
        fst (shop.Run([], old)) |> equals 0
        let library = Array.exactlyOne shop.Installed
        library |> endsWith "/.mtrl/physics/libmujoco.so.2.2.2"
        File.ReadAllText library |> lacks "AVX2"
        shop.Loaded |> equals library)

    testCase "refuses an archive that has changed" (fun () ->
        let shop = workshop ()
        refuses shop "mujoco_2.2.2.orig.tar.gz is another file than expected (SHA-256 ")

    testCase "needs lists of archives, with the source in one of them" (fun () ->
        let shop = workshop ()
        File.WriteAllText(shop.PathOf "archive/Sources", "")
        refuses shop "download of the source failed"
        File.Delete(shop.PathOf "lists/archive.list")
        refuses shop "names no archive")

    testCase "needs a compiler that optimises a program as a whole, and room on the disk" (fun () ->
        let shop = workshop ()

        shop.Executable
            "bin/gcc"
            "#!/bin/sh\ncase $* in *-flto*) exit 1 ;; esac\nexec /usr/bin/gcc \"$@\"\n"

        refuses shop "cannot optimise a program as a whole"
        File.Delete(shop.PathOf "bin/gcc")
        shop.Executable "bin/df" "#!/bin/sh\nprintf 'a\\nb 1 1 102400 1 c\\n'\n"
        refuses shop "needs 400 MB of disk")

    testCase "leaves the choice of MUJOCO_PATH" (fun () ->
        let shop = workshop ()

        refusesWith
            shop
            [ "MUJOCO_PATH", "/opt/mujoco" ]
            "MUJOCO_PATH=/opt/mujoco names the library to use")

    /// On a disk that fills meanwhile, and where a bit of a recorded episode differs.
    testTheory "changes nothing where a step fails" [
        "tar", "unpacking of the source failed"
        "make", "compilation with counters failed"
        "sync", "cannot be written"
        "verify", "verification with tests/golden failed"
        "eval", "profile of the tasks failed"
    ]
    <| fun (step, why) ->
        let shop = workshop ()
        shop.Trust()

        match step with
        | "verify" -> shop.Program("exit 1", "true")
        | "eval" -> shop.Program("true", "exit 3")
        | tool ->
            shop.Executable
                $"bin/{tool}"
                $"#!/bin/sh\necho '{tool}: error: No space left on device' >&2\nexit 1\n"

        refuses shop why

    /// While the profile is gathered: the program says so, and does not end.
    testTheory "changes nothing where it is killed" [ "TERM"; "KILL" ]
    <| fun signal ->
        let shop = workshop ()
        shop.Trust()
        let reached = shop.PathOf "reached"

        shop.Program(
            "true",
            $"echo $$ >'{reached}.new'; mv '{reached}.new' '{reached}'; exec tail -f /dev/null"
        )

        use building = shop.Start()
        Waiting.Until("gathering a profile", fun () -> File.Exists reached || building.HasExited)
        building.HasExited |> isFalse
        use _ = Process.Start("kill", [ $"-{signal}"; string building.Id ])
        building.WaitForExit()
        let child = int (File.ReadAllText reached)

        if signal = "KILL" then
            Process.GetProcessById(child).Kill()
        else
            Waiting.Until(
                "the end of its children",
                fun () -> not (Directory.Exists $"/proc/{child}")
            )

            shop.Leftover |> isFalse

        shop.Installed |> isEmpty
        shop.Program("true", "true")
        fst (shop.Run([], [])) |> equals 0
        shop.Installed |> hasLength 1
        shop.Leftover |> isFalse

    /// From the archive of this system, with the program and the recorded episodes of this repository, in a folder of
    /// its own. Minutes, and 40 MB from the network.
    if LongForm.isAsked then
        testCase "computes every recorded number as the system's library does" (fun () ->
            let folder = TestFolder.create "physics"
            let inFolder (name: string) = Path.Combine(folder, name)

            for name in [ "src"; "assets"; "extensions"; "tests" ] do
                Directory.CreateSymbolicLink(inFolder name, Path.Combine(Repository.root, name))
                |> ignore

            for name in [ "eng"; ".mtrl" ] do
                Directory.CreateDirectory(inFolder name) |> ignore

            for name in
                Words.split
                    "mtrl paket.lock Directory.Build.props Directory.Build.targets eng/setup.sh
                    eng/physics.sh eng/physics.mk" do
                File.Copy(Path.Combine(Repository.root, name), inFolder name)

            let settings = [ "MUJOCO_PATH"; "MTRL_CUDA" ]

            let current =
                settings
                |> List.map (fun name -> $"{name}={Environment.GetEnvironmentVariable name}")

            File.WriteAllText(inFolder ".mtrl/built", String.concat "\n" current)
            let watch = Stopwatch.StartNew()

            let code, out, err =
                ChildProcess.execute (inFolder "mtrl") [ "--yes"; "physics" ] []

            code |> Expect.equal (out + err) 0
            err |> contains "in force from now on"

            let made =
                Directory.GetFiles(inFolder ".mtrl/physics", "*", SearchOption.AllDirectories)

            made |> hasLength 1
            LongForm.report $"built and verified in {watch.Elapsed.TotalSeconds:F0} s")
]
