module MtrlFunctional.Cli.Tests.Machine.MissingLibraryTests

open Expecto
open Expecto.Flip
open System
open System.IO
open MtrlFunctional.Tests
open MtrlFunctional

let ``without a native library`` = [
    /// Where a build links the libraries of packages.
    let native = Path.Combine("runtimes", "linux-x64", "native")

    /// A copy of the program, in which `change` may replace or remove a library of its folder.
    let crippled change words =
        let folder = TestFolder.create "crippled"

        for file in Directory.GetFiles AppContext.BaseDirectory do
            File.Copy(file, Path.Combine(folder, string (Path.GetFileName file)))

        Directory.CreateDirectory(Path.Combine(folder, native)) |> ignore

        for file in Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, native)) do
            let place = Path.Combine(folder, native, string (Path.GetFileName file))
            File.CreateSymbolicLink(place, file) |> ignore

        change folder
        // TorchSharp would copy libtorch from NuGet's folder.
        let nowhere = [ "NUGET_PACKAGES", Path.Combine(folder, "none") ]

        ChildProcess.execute "dotnet" (Path.Combine(folder, "mtrl.dll") :: words) nowhere

    let libtorch (folder: string) =
        Path.Combine(folder, native, "libtorch_cpu.so")

    testNamed "libtorch is told with what is wrong, where it is" [
        "missing", ((libtorch >> File.Delete), "./mtrl build")
        "damaged",
        ((fun folder ->
            File.Delete(libtorch folder)
            File.WriteAllText(libtorch folder, "no library")),
         "file too short")
    ]
    <| fun (change, why) ->
        let exit, _, err = crippled change [ "bench"; "update"; "--alone" ]
        let said = err.Trim()
        exit |> Expect.equal said ExitCode.WrongInput
        said.Split '\n' |> Expect.hasLength said 1
        said |> startsWith "mtrl: "
        said |> containsAll [ "libtorch_cpu.so"; why ]

    if LongForm.isAsked then
        /// Seconds: the doctor measures the machine.
        testCase "the program runs without its kernels, and says so" (fun () ->
            let remove (folder: string) =
                File.Delete(Path.Combine(folder, "libmtrl_kernels.so"))

            let exit, out, err = crippled remove [ "doctor" ]
            exit |> Expect.equal err ExitCode.Done
            out |> matches "warning +kernels +The native kernels are not in use")
]
