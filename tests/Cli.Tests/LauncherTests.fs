namespace MtrlFunctional.Cli.Tests

open System
open System.IO
open NUnit.Framework
open MtrlFunctional.Tests

/// The launcher in a folder of its own, with a program in place of dotnet that notes its builds.
[<TestFixture>]
type ``the launcher``() =
    let folder = Directory.CreateTempSubdirectory("mtrl-launcher-").FullName
    let path (name: string) = Path.Combine(folder, name)

    let write (name: string) (text: string) =
        Directory.CreateDirectory(nonNull (Path.GetDirectoryName(path name))) |> ignore
        File.WriteAllText(path name, text)

    let executable (name: string) =
        File.SetUnixFileMode(
            path name,
            UnixFileMode.UserRead ||| UnixFileMode.UserWrite ||| UnixFileMode.UserExecute
        )

    let mujoco name =
        write $"{name}/include/mujoco/mujoco.h" ""
        path name

    /// Runs the launcher with these variables and no others of a build: what was built so far.
    let launch variables words =
        let unset =
            [ "MUJOCO_PATH"; "MTRL_CUDA" ] |> List.collect (fun name -> [ "-u"; name ])

        let set = [
            for name, value in variables do
                $"{name}={value}"
        ]

        let bin = path "bin"
        let search = Environment.GetEnvironmentVariable "PATH"

        let code, out, err =
            ChildProcess.executeIn
                folder
                "env"
                (unset @ set @ [ $"PATH={bin}:{search}"; path "repo/mtrl" ] @ words)
                []

        Assert.That(code, Is.Zero, out + err)
        File.ReadAllLines(path "builds") |> List.ofArray

    [<OneTimeSetUp>]
    member _.Copy() =
        for file in
            [
                "paket.lock"
                "Directory.Build.props"
                "Directory.Build.targets"
                "assets/none"
                "src/Cli/none"
            ] do
            write $"repo/{file}" ""
            File.SetLastWriteTimeUtc(path $"repo/{file}", DateTime.UtcNow.AddMinutes -1.0)

        for file in [ "mtrl"; "eng/setup.sh"; "eng/page.sh"; "eng/page/package-lock.json" ] do
            write $"repo/{file}" (File.ReadAllText(Path.Combine(Repository.root, file)))

        executable "repo/mtrl"

        write
            "bin/dotnet"
            $"#!/bin/bash
case $1 in
--list-sdks) echo '10.0.100 [x]' ;;
build) echo \"${{MUJOCO_PATH:-}} ${{MTRL_CUDA:-}}\" >>'{folder}/builds'
    mkdir -p src/Cli/bin/Release/net10.0 && touch src/Cli/bin/Release/net10.0/mtrl.dll ;;
esac
"

        executable "bin/dotnet"

    [<OneTimeTearDown>]
    member _.Remove() = Directory.Delete(folder, true)

    [<Test>]
    member _.``keeps the libraries of the last build until others are named``() =
        let mine, other = mujoco "mine", mujoco "other"
        let cuda = [ "MUJOCO_PATH", mine; "MTRL_CUDA", "1" ]
        let mutable built = [ $"{mine} 1" ]
        File.Delete(path "builds")
        Assert.That((launch cuda [ "build" ] = built))
        Assert.That((launch cuda [ "list" ] = built))
        Assert.That((launch [] [ "list" ] = built))

        // Another MuJoCo, the system's, libtorch without CUDA, and those of the environment alone.
        for variables, words, next in
            [
                [ "MUJOCO_PATH", other ], [ "list" ], $"{other} 1"
                [ "MUJOCO_PATH", "" ], [ "list" ], " 1"
                [ "MTRL_CUDA", "" ], [ "list" ], " "
                cuda, [ "list" ], $"{mine} 1"
                [], [ "build" ], " "
            ] do
            built <- built @ [ next ]
            Assert.That((launch variables words = built))
            Assert.That((launch [] [ "list" ] = built))

    [<Test>]
    member _.``says what a variable may be``() =
        let code, _, err =
            ChildProcess.executeIn folder (path "repo/mtrl") [ "build" ] [ "MTRL_CUDA", "yes" ]

        Assert.That(code, Is.EqualTo 2)
        Assert.That(err, Does.StartWith "mtrl: MTRL_CUDA=yes: must be 1 ")

    [<Test>]
    member _.``fetches the packages of a page before it is shown, or says why not``() =
        write "bin/npm" "#!/bin/bash\nexit 1\n"
        executable "bin/npm"
        let bin = path "bin"
        let search = Environment.GetEnvironmentVariable "PATH"

        let play words =
            ChildProcess.executeIn
                folder
                "env"
                ([ $"PATH={bin}:{search}"; path "repo/mtrl"; "play" ] @ words)
                []

        let code, _, err = play []
        Assert.That(code, Is.EqualTo 2)
        Assert.That(err, Does.Contain "mtrl: the packages of the page were not fetched.")
        let code, out, err = play [ "--help" ]
        Assert.That(code, Is.Zero, out + err)
