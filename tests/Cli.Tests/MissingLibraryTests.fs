namespace MtrlFunctional.Cli.Tests

open System.IO
open NUnit.Framework
open MtrlFunctional.Tests
open MtrlFunctional

[<TestFixture>]
module ``without its native library`` =
    /// A copy of the program with this in the place of the library.
    let private crippled (library: string) body =
        let folder = Directory.CreateTempSubdirectory "mtrl-crippled-"

        try
            for file in DirectoryInfo(TestContext.CurrentContext.TestDirectory).GetFiles() do
                let place = Path.Combine(folder.FullName, file.Name)

                if file.Name = "libmtrl_torch.so" then
                    File.WriteAllText(place, library)
                else
                    file.CopyTo place |> ignore

            body (Path.Combine(folder.FullName, "mtrl.dll"))
        finally
            folder.Delete(recursive = true)

    [<Test>]
    let ``the program says in one line what the loader found`` () =
        crippled "no library" (fun (program: string) ->
            let exit, _, err =
                ChildProcess.execute "dotnet" [ program; "bench"; "update"; "--alone" ] []

            let said = err.Trim()
            Assert.That(exit, Is.EqualTo ExitCode.WrongInput)
            Assert.That(said.Split '\n', Has.Length.EqualTo 1)
            Assert.That(said, Does.StartWith "mtrl: ")
            Assert.That(said, Does.Contain "libmtrl_torch.so could not be loaded: ")
            Assert.That(said, Does.Contain "file too short")
            Assert.That(said, Does.EndWith "or build with LIBTORCH=FOLDER."))
