namespace MtrlFunctional.Cli.Tests

open System.IO
open NUnit.Framework
open MtrlFunctional.Tests
open MtrlFunctional

/// A process draws with one graphics library, so each choice has a process of its own.
[<TestFixture>]
module ``the graphics library`` =
    let private run (library: string) path words =
        let exit, _, err =
            ChildProcess.execute "dotnet" (ChildProcess.mtrl :: words) [
                "MUJOCO_GL", library
                match path with
                | Some path -> "LD_LIBRARY_PATH", path
                | None -> ()
            ]

        exit, err

    let private draw library (picture: string) =
        run library None [ "gallery"; "reach"; "--tile"; "64x48"; "--out"; picture ]

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

    /// A file in the place of a library is found first and cannot be loaded.
    [<Test>]
    let ``training from images without it ends in one line that names the package`` () =
        let folder = Directory.CreateTempSubdirectory "mtrl-graphics-"

        try
            for name in [ "libOSMesa.so.8"; "libOSMesa.so.6"; "libOSMesa.so" ] do
                File.WriteAllText(Path.Combine(folder.FullName, name), "no library")

            let runs = Path.Combine(folder.FullName, "runs")

            let code, err =
                run "osmesa" (Some folder.FullName) [
                    "train"
                    "--plain"
                    "env=dmc-cartpole-balance"
                    "agent=sac"
                    "env.builder.make_kwargs.from_pixels=True"
                    "replay_buffer.capacity=2000"
                    "setup.num_seeds=1"
                    "setup.device=cpu"
                    $"setup.base_path={runs}"
                ]

            Assert.That(code, Is.EqualTo ExitCode.WrongInput, err)
            Assert.That(err.Trim().Split '\n', Has.Length.EqualTo 1, err)
            Assert.That(err, Does.StartWith "mtrl: No pictures can be drawn: ")
            Assert.That(err, Does.Contain "libosmesa6")
            Assert.That(Directory.Exists runs, Is.False, "nothing is written")
        finally
            folder.Delete(recursive = true)

    [<Test>]
    let ``egl draws, or says what it lacks`` () =
        inFolder (fun picture ->
            match draw "egl" picture with
            | ExitCode.Done, _ -> Assert.That(File.Exists picture)
            | code, err ->
                Assert.That(code, Is.EqualTo ExitCode.WrongInput, err)
                Assert.That(err, Does.StartWith "mtrl: MUJOCO_GL=egl: ")
                Assert.That(err, Does.Contain "MUJOCO_GL=osmesa"))
