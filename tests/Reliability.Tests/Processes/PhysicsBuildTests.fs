namespace MtrlFunctional.Reliability.Tests

open System
open System.Diagnostics
open System.IO
open System.Security.Cryptography
open NUnit.Framework
open MtrlFunctional.Tests
open MtrlFunctional.Tests.Child

/// A folder with the launcher and its scripts, an archive of the distribution with sources of a few lines in place of
/// MuJoCo's, and a program that answers for `mtrl`: apt-get, tar, make and the compiler are those of this machine.
type PhysicsWorkshop() =
    let folder = Directory.CreateTempSubdirectory("mtrl-physics-").FullName
    let path (names: string) = Path.Combine(folder, names)
    let root = path "a root"

    let program file (text: string) =
        File.WriteAllText(path file, text)

        File.SetUnixFileMode(
            path file,
            UnixFileMode.UserRead ||| UnixFileMode.UserWrite ||| UnixFileMode.UserExecute
        )

    let bash (script: string) (words: string list) =
        let code, out, err =
            ChildProcess.executeIn folder "bash" ([ "-ec"; script; "bash" ] @ words) []

        Assert.That(code, Is.Zero, out + err)

    /// With the index of the archive's sources.
    let prepare =
        """
        mkdir -p 'a root'/{eng,assets,.mtrl,src/Cli/bin/Release/net10.0} archive lists bin
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

    interface IDisposable with
        member _.Dispose() = Directory.Delete(folder, true)

/// `./mtrl physics` where something is missing, fails or is killed.
[<TestFixture; NonParallelizable>]
type ``a build of the physics library``() =
    /// The packages that it installs; without them, its refusal is tested and no more.
    let required = [ "tinyxml2.h"; "tiny_obj_loader.h"; "lodepng.h"; "libqhull_r/libqhull_r.h" ]

    let workshop () =
        for header in required do
            Assume.That(
                File.Exists $"/usr/include/{header}",
                $"{header} is not installed ('./mtrl physics' installs it)"
            )

        Assume.That(File.Exists "/usr/bin/apt-get", "no apt-get")
        let made = new PhysicsWorkshop()
        made.Program("true", "true")
        made

    let stays = "the library of the system stays in force."

    /// Ends with one line that says why, and leaves nothing behind.
    let refusesWith (shop: PhysicsWorkshop) more (why: string) =
        let code, lines = shop.Run([], more)
        let text = String.concat "\n" lines
        Assert.That(code, Is.EqualTo 2, text)
        Assert.That(Array.last lines, Does.StartWith "mtrl: physics: ", text)
        Assert.That(Array.last lines, Does.Contain why, text)
        Assert.That(Array.last lines, Does.EndWith stays, text)
        Assert.That(lines |> Array.filter _.Contains(stays), Has.Length.EqualTo 1, text)
        Assert.That(shop.Installed, Is.Empty)
        Assert.That(shop.Leftover, Is.False)

    let refuses shop why = refusesWith shop [] why

    [<Test>]
    member _.``is in force when it is finished, until it is removed``() =
        use shop = workshop ()
        shop.Trust()
        let code, lines = shop.Run([], [])
        Assert.That(code, Is.Zero, String.concat "\n" lines)
        Assert.That(Array.last lines, Does.Contain "in force from now on")
        let library = Array.exactlyOne shop.Installed
        Assert.That(library, Does.EndWith "/libmujoco.so.2.2.2")
        Assert.That(shop.Loaded, Is.EqualTo library)
        Assert.That(File.ReadAllText library, Does.Contain "optimised as a whole with a profile")
        Assert.That(shop.Leftover, Is.False)
        Assert.That(fst (shop.Run([ "--package" ], [])), Is.Zero)

        Assert.That(
            shop.Packaged,
            Is.EquivalentTo [
                "LICENSE.libccd"
                "LICENSE.mujoco"
                "glibc-hwcaps/x86-64-v3/libmujoco.so.2.2.2"
                "libmujoco.so.2.2.2"
            ]
        )

        Assert.That(fst (shop.Run([ "--remove" ], [])), Is.Zero)
        Assert.That(shop.Packaged, Is.Empty)
        Assert.That(shop.Installed, Is.Empty)
        Assert.That(shop.Loaded, Does.Not.Contain ".mtrl")

    [<Test>]
    member _.``is for every processor where this one has no AVX2``() =
        use shop = workshop ()
        shop.Trust()
        let old = [ "GLIBC_TUNABLES", "glibc.cpu.hwcaps=-AVX2" ]
        Assert.That(fst (shop.Run([], old)), Is.Zero)
        let library = Array.exactlyOne shop.Installed
        Assert.That(library, Does.EndWith "/.mtrl/physics/libmujoco.so.2.2.2")
        Assert.That(File.ReadAllText library, Does.Not.Contain "AVX2")
        Assert.That(shop.Loaded, Is.EqualTo library)

    [<Test>]
    member _.``refuses an archive that has changed``() =
        use shop = workshop ()
        refuses shop "mujoco_2.2.2.orig.tar.gz is another file than expected (SHA-256 "

    [<Test>]
    member _.``needs lists of archives, with the source in one of them``() =
        use shop = workshop ()
        File.WriteAllText(shop.PathOf "archive/Sources", "")
        refuses shop "download of the source failed"
        File.Delete(shop.PathOf "lists/archive.list")
        refuses shop "names no archive"

    [<Test>]
    member _.``needs a compiler that optimises a program as a whole, and room on the disk``() =
        use shop = workshop ()

        shop.Executable
            "bin/gcc"
            "#!/bin/sh\ncase $* in *-flto*) exit 1 ;; esac\nexec /usr/bin/gcc \"$@\"\n"

        refuses shop "cannot optimise a program as a whole"
        File.Delete(shop.PathOf "bin/gcc")
        shop.Executable "bin/df" "#!/bin/sh\nprintf 'a\\nb 1 1 102400 1 c\\n'\n"
        refuses shop "needs 400 MB of disk"

    [<Test>]
    member _.``leaves the choice of MUJOCO_PATH``() =
        use shop = workshop ()

        refusesWith
            shop
            [ "MUJOCO_PATH", "/opt/mujoco" ]
            "MUJOCO_PATH=/opt/mujoco names the library to use"

    /// On a disk that fills meanwhile, and where a bit of a recorded episode differs.
    [<TestCase("tar", "unpacking of the source failed")>]
    [<TestCase("make", "compilation with counters failed")>]
    [<TestCase("sync", "cannot be written")>]
    [<TestCase("verify", "verification with tests/golden failed")>]
    [<TestCase("eval", "profile of the tasks failed")>]
    member _.``changes nothing where a step fails``(step: string, why: string) =
        use shop = workshop ()
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
    [<TestCase("TERM"); TestCase("KILL")>]
    member _.``changes nothing where it is killed``(signal: string) =
        use shop = workshop ()
        shop.Trust()
        let reached = shop.PathOf "reached"

        shop.Program(
            "true",
            $"echo $$ >'{reached}.new'; mv '{reached}.new' '{reached}'; exec tail -f /dev/null"
        )

        use building = shop.Start()
        Waiting.Until("gathering a profile", fun () -> File.Exists reached || building.HasExited)
        Assert.That(building.HasExited, Is.False)
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

            Assert.That(shop.Leftover, Is.False)

        Assert.That(shop.Installed, Is.Empty)
        shop.Program("true", "true")
        Assert.That(fst (shop.Run([], [])), Is.Zero)
        Assert.That(shop.Installed, Has.Length.EqualTo 1)
        Assert.That(shop.Leftover, Is.False)

    /// From the archive of this system, with the program and the recorded episodes of this repository, in a folder of
    /// its own. Minutes, and 40 MB from the network.
    [<Test; Category(LongForm.only)>]
    member _.``computes every recorded number as the system's library does``() =
        let folder = (Directory.CreateTempSubdirectory "mtrl-physics-").FullName
        let inFolder (name: string) = Path.Combine(folder, name)

        try
            for name in [ "src"; "assets"; "tests" ] do
                Directory.CreateSymbolicLink(inFolder name, Path.Combine(Repository.root, name))
                |> ignore

            for name in [ "eng"; ".mtrl" ] do
                Directory.CreateDirectory(inFolder name) |> ignore

            for name in
                [
                    "mtrl"
                    "paket.lock"
                    "Directory.Build.props"
                    "Directory.Build.targets"
                    "eng/setup.sh"
                    "eng/physics.sh"
                    "eng/physics.mk"
                ] do
                File.Copy(Path.Combine(Repository.root, name), inFolder name)

            let settings = [ "MUJOCO_PATH"; "MTRL_CUDA" ]

            let current =
                settings
                |> List.map (fun name -> $"{name}={Environment.GetEnvironmentVariable name}")

            File.WriteAllText(inFolder ".mtrl/built", String.concat "\n" current)
            let watch = Stopwatch.StartNew()

            let code, out, err =
                ChildProcess.execute (inFolder "mtrl") [ "--yes"; "physics" ] []

            Assert.That(code, Is.Zero, out + err)
            Assert.That(err, Does.Contain "in force from now on")

            let made =
                Directory.GetFiles(inFolder ".mtrl/physics", "*", SearchOption.AllDirectories)

            Assert.That(made, Has.Length.EqualTo 1)
            LongForm.report $"built and verified in {watch.Elapsed.TotalSeconds:F0} s"
        finally
            Directory.Delete(folder, true)
