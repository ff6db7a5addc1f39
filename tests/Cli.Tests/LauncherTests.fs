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

    let torch name =
        write $"{name}/include/ATen/ATen.h" ""
        path name

    /// Runs the launcher with these variables and no others of a build: what was built so far.
    let launch variables words =
        let unset =
            [ "LIBTORCH"; "MUJOCO_PATH"; "TorchBackend"; "TorchSharpVersion" ]
            |> List.collect (fun name -> [ "-u"; name ])

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
        for file in [ "paket.lock"; "Directory.Build.props"; "assets/none"; "src/Cli/none" ] do
            write $"repo/{file}" ""
            File.SetLastWriteTimeUtc(path $"repo/{file}", DateTime.UtcNow.AddMinutes -1.0)

        for file in [ "mtrl"; "eng/setup.sh" ] do
            write $"repo/{file}" (File.ReadAllText(Path.Combine(Repository.root, file)))

        executable "repo/mtrl"

        write
            "bin/dotnet"
            $"#!/bin/bash
case $1 in
--list-sdks) echo '10.0.100 [x]' ;;
build) echo \"LIBTORCH=${{LIBTORCH:-}}\" >>'{folder}/builds'
    mkdir -p src/Cli/bin/Release/net10.0 && touch src/Cli/bin/Release/net10.0/mtrl.dll ;;
esac
"

        executable "bin/dotnet"

    [<OneTimeTearDown>]
    member _.Remove() = Directory.Delete(folder, true)

    [<Test>]
    member _.``keeps the libraries of the last build until others are named``() =
        let mine, other = torch "mine", torch "other"
        let built libraries = [ for library in libraries -> $"LIBTORCH={library}" ]
        let first = built [ mine ]
        Assert.That((launch [ "LIBTORCH", mine ] [ "build" ] = first))
        Assert.That((launch [ "LIBTORCH", mine ] [ "list" ] = first))
        Assert.That((launch [] [ "list" ] = first))

        // Another one, the system's, and that of the environment alone.
        Assert.That((launch [ "LIBTORCH", other ] [ "list" ] = built [ mine; other ]))
        Assert.That((launch [] [ "list" ] = built [ mine; other ]))
        Assert.That((launch [ "LIBTORCH", "" ] [ "list" ] = built [ mine; other; "" ]))
        Assert.That((launch [ "LIBTORCH", mine ] [ "list" ] = built [ mine; other; ""; mine ]))
        Assert.That((launch [] [ "build" ] = built [ mine; other; ""; mine; "" ]))
