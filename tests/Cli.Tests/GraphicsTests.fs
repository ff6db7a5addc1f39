namespace MtrlFunctional.Cli.Tests

open System.Diagnostics
open System.IO
open NUnit.Framework
open MtrlFunctional

/// A process draws with one graphics library, so each choice has a process of its own.
[<TestFixture>]
module ``the graphics library`` =
    let private draw (library: string) (picture: string) =
        let info =
            ProcessStartInfo(
                "dotnet",
                [
                    typeof<MtrlFunctional.Cli.Show.Play.EpisodeProgress>.Assembly.Location
                    "gallery"
                    "reach"
                    "--tile"
                    "64x48"
                    "--out"
                    picture
                ],
                RedirectStandardOutput = true,
                RedirectStandardError = true
            )

        info.Environment["MUJOCO_GL"] <- library

        match Process.Start info with
        | null -> failwith "dotnet does not start."
        | p ->
            use p = p
            let out = p.StandardOutput.ReadToEndAsync()
            let err = p.StandardError.ReadToEnd()
            p.WaitForExit()
            out.Result |> ignore
            p.ExitCode, err

    let private inFolder body =
        let folder = Directory.CreateTempSubdirectory "mtrl-graphics-"

        try
            body (Path.Combine(folder.FullName, "reach.png"))
        finally
            folder.Delete(recursive = true)

    [<Test>]
    let ``osmesa draws`` () =
        inFolder (fun picture ->
            let code, err = draw "osmesa" picture
            Assert.That(code, Is.EqualTo ExitCode.Done, err)
            Assert.That(File.Exists picture))

    [<Test>]
    let ``egl draws, or says what it lacks`` () =
        inFolder (fun picture ->
            match draw "egl" picture with
            | ExitCode.Done, _ -> Assert.That(File.Exists picture)
            | code, err ->
                Assert.That(code, Is.EqualTo ExitCode.WrongInput, err)
                Assert.That(err, Does.StartWith "mtrl: MUJOCO_GL=egl: ")
                Assert.That(err, Does.Contain "MUJOCO_GL=osmesa"))
