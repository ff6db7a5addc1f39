module MtrlFunctional.Cli.Tests.Machine.GraphicsTests

open Expecto
open Expecto.Flip
open System.IO
open MtrlFunctional.Tests
open MtrlFunctional

/// A process draws with one graphics library, so each choice has a process of its own.
let ``the graphics library`` = [
    let run (library: string) path words =
        let exit, _, err =
            ChildProcess.execute "dotnet" (ChildProcess.mtrl :: words) [
                "MUJOCO_GL", library
                match path with
                | Some path -> "LD_LIBRARY_PATH", path
                | None -> ()
            ]

        exit, err

    let draw library (picture: string) =
        run library None [ "gallery"; "reach"; "--tile"; "64x48"; "--out"; picture ]

    testCase "osmesa draws" (fun () ->
        let picture = Path.Combine(TestFolder.create "graphics", "reach.png")
        let code, err = draw "osmesa" picture
        code |> Expect.equal err ExitCode.Done
        picture |> isFile)

    /// A file in the place of a library is found first and cannot be loaded.
    testCase "training from images without it ends in one line that names the package" (fun () ->
        let folder = TestFolder.create "graphics"

        for name in [ "libOSMesa.so.8"; "libOSMesa.so.6"; "libOSMesa.so" ] do
            File.WriteAllText(Path.Combine(folder, name), "no library")

        let runs = Path.Combine(folder, "runs")

        let code, err =
            Words.split
                $"train --plain env=dmc-cartpole-balance agent=sac env.builder.make_kwargs.from_pixels=True replay_buffer.capacity=2000 setup.num_seeds=1 setup.device=cpu setup.base_path={runs}"
            |> run "osmesa" (Some folder)

        code |> Expect.equal err ExitCode.WrongInput
        err.Trim().Split '\n' |> Expect.hasLength err 1
        err |> startsWith "mtrl: No pictures can be drawn: "
        err |> contains "libosmesa6"
        runs |> isAbsent)

    testCase "egl draws, or says what it lacks" (fun () ->
        let picture = Path.Combine(TestFolder.create "graphics", "reach.png")

        match draw "egl" picture with
        | ExitCode.Done, _ -> picture |> isFile
        | code, err ->
            code |> Expect.equal err ExitCode.WrongInput
            err |> startsWith "mtrl: MUJOCO_GL=egl: "
            err |> contains "MUJOCO_GL=osmesa")
]
