module MtrlFunctional.Cli.Tests.Machine.LauncherTests

open Expecto
open Expecto.Flip
open System
open System.IO
open MtrlFunctional.Tests

/// The launcher in a folder of its own, with a program in place of dotnet that notes its builds.
let ``the launcher`` =
    let folder = TestFolder.create "launcher"
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

    /// Programs of the folder before those of the machine.
    let search () =
        $"""PATH={path "bin"}:{Environment.GetEnvironmentVariable "PATH"}"""

    /// Runs the launcher with these variables and no others of a build: what was built so far.
    let launch variables words =
        let unset =
            [ "MUJOCO_PATH"; "MTRL_CUDA" ] |> List.collect (fun name -> [ "-u"; name ])

        let set = [ for name, value in variables -> $"{name}={value}" ]

        let code, out, err =
            ChildProcess.executeIn
                folder
                "env"
                (unset @ set @ [ search (); path "repo/mtrl" ] @ words)
                []

        code |> Expect.equal (out + err) 0
        File.ReadAllLines(path "builds") |> List.ofArray

    let copy () =
        for file in
            Words.split
                "paket.lock Directory.Build.props Directory.Build.targets assets/none
                extensions/none src/Cli/none docs/tasks/none" do
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
*.dll) echo \"$MTRL_LAUNCHER\" ;;
esac
"

        executable "bin/dotnet"

    after (lazy copy ()) [
        testCase "keeps the libraries of the last build until others are named" (fun () ->
            let mine, other = mujoco "mine", mujoco "other"
            let cuda = [ "MUJOCO_PATH", mine; "MTRL_CUDA", "1" ]
            let mutable built = [ $"{mine} 1" ]
            File.Delete(path "builds")
            launch cuda [ "build" ] |> equals built
            launch cuda [ "list" ] |> equals built
            launch [] [ "list" ] |> equals built

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
                launch variables words |> equals built
                launch [] [ "list" ] |> equals built)

        testCase "tells the program how it was called" (fun () ->
            File.CreateSymbolicLink(path "bin/mtrl", path "repo/mtrl") |> ignore

            for place, typed, known in
                [
                    "repo", "./mtrl", "./mtrl"
                    ".", "repo/mtrl", "repo/mtrl"
                    ".", "mtrl", "mtrl"
                ] do
                let code, out, err =
                    ChildProcess.executeIn (path place) "env" [
                        search ()
                        "bash"
                        "-c"
                        $"{typed} list"
                    ] []

                code |> Expect.equal (out + err) 0
                out.Trim() |> equals known)

        testCase "says what a variable may be" (fun () ->
            let code, _, err =
                ChildProcess.executeIn folder (path "repo/mtrl") [ "build" ] [ "MTRL_CUDA", "yes" ]

            code |> equals 2
            err |> startsWith "mtrl: MTRL_CUDA=yes: must be 1 ")

        testCase "refuses a limit of open files with which .NET cannot say anything" (fun () ->
            let launcher = path "repo/mtrl"
            let line = $"ulimit -n 20; exec '{launcher}' list"
            let code, out, err = ChildProcess.executeIn folder "bash" [ "-c"; line ] []
            code |> equals 2
            out |> isEmpty

            err
            |> equals
                "mtrl: the limit of open files is 20, the program needs 192. Raise it with: ulimit -n 1024\n")

        testCase "fetches the packages of a page before it is shown, or says why not" (fun () ->
            write "bin/npm" "#!/bin/bash\nexit 1\n"
            executable "bin/npm"

            let play words =
                ChildProcess.executeIn
                    folder
                    "env"
                    ([ search (); path "repo/mtrl"; "play" ] @ words)
                    []

            let code, _, err = play []
            code |> equals 2
            err |> contains "mtrl: the packages of the page were not fetched."
            let code, out, err = play [ "--help" ]
            code |> Expect.equal (out + err) 0)
    ]
