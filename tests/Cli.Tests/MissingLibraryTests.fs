namespace MtrlFunctional.Cli.Tests

open System
open System.IO
open NUnit.Framework
open MtrlFunctional.Tests
open MtrlFunctional

[<TestFixture>]
module ``without a native library`` =
    /// Where a build links the libraries of packages.
    let private native = Path.Combine("runtimes", "linux-x64", "native")

    /// A copy of the program, in which `change` may replace or remove a library of its folder.
    let private crippled change body =
        let folder = Directory.CreateTempSubdirectory("mtrl-crippled-").FullName

        try
            for file in Directory.GetFiles AppContext.BaseDirectory do
                File.Copy(file, Path.Combine(folder, string (Path.GetFileName file)))

            Directory.CreateDirectory(Path.Combine(folder, native)) |> ignore

            for file in Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, native)) do
                let place = Path.Combine(folder, native, string (Path.GetFileName file))
                File.CreateSymbolicLink(place, file) |> ignore

            change folder
            // TorchSharp would copy libtorch from NuGet's folder.
            let nowhere = [ "NUGET_PACKAGES", Path.Combine(folder, "none") ]

            body (fun words ->
                ChildProcess.execute "dotnet" (Path.Combine(folder, "mtrl.dll") :: words) nowhere)
        finally
            Directory.Delete(folder, recursive = true)

    let private libtorch (folder: string) =
        Path.Combine(folder, native, "libtorch_cpu.so")

    let private isTold (why: string) (program: string list -> int * string * string) =
        let exit, _, err = program [ "bench"; "update"; "--alone" ]
        let said = err.Trim()
        Assert.That(exit, Is.EqualTo ExitCode.WrongInput, said)
        Assert.That(said.Split '\n', Has.Length.EqualTo 1, said)
        Assert.That(said, Does.StartWith "mtrl: ")
        Assert.That(said, Does.Contain "libtorch_cpu.so")
        Assert.That(said, Does.Contain why)

    [<Test>]
    let ``a missing libtorch is told with the remedy`` () =
        crippled (libtorch >> File.Delete) (isTold "./mtrl build")

    [<Test>]
    let ``a damaged libtorch is told as the loader has found it`` () =
        let damage folder =
            File.Delete(libtorch folder)
            File.WriteAllText(libtorch folder, "no library")

        crippled damage (isTold "file too short")

    [<Test>]
    let ``the program runs without its kernels, and says so`` () =
        let remove (folder: string) =
            File.Delete(Path.Combine(folder, "libmtrl_kernels.so"))

        crippled remove (fun program ->
            let exit, out, _ = program [ "doctor" ]
            Assert.That(exit, Is.EqualTo ExitCode.Done)
            Assert.That(out, Does.Match "warning +kernels +The native kernels are not in use"))
