namespace MtrlFunctional.Cli.Tests

open System.IO
open NUnit.Framework
open MtrlFunctional
open MtrlFunctional.Cli.Commands
open MtrlFunctional.Verification
open MtrlFunctional.Tests

[<TestFixture>]
module ``the table of mtrl verify`` =
    let private verify checks =
        // Any path that exists: which files it stands for is the other argument.
        let words = [ Path.GetTempPath() ]

        fun extra ->
            let command =
                VerifyCommand.command (fun _ -> List.map fst checks) (fun _ file ->
                    (Map.find file (Map checks)) ())

            Capture.run (fun () -> command.Run(words @ extra))

    let private equal file () = [ Check.compare file (Absolute 0.0) "ep0.qpos" [| 1.0 |] [| 1.0 |] ]

    let private off file () = [ Check.compare file (Absolute 1e-9) "ep0.qvel" [| 1.0 |] [| 1.5 |] ]

    [<Test>]
    let ``passes where all numbers are equal`` () =
        let printed = verify [ "a", equal "a" ] []
        Assert.That(printed.Exit, Is.EqualTo ExitCode.Done)

        Assert.That(
            printed.Out,
            Does.Match @"^a\n  quantity +abs +rel +tolerance\n  ep0\.qpos +0 +0 +0  pass\n\n"
        )

        Assert.That(printed.Out, Does.EndWith "1 file, 1 check passed, 0 failed\n")

    [<Test>]
    let ``fails with both differences where one number is off`` () =
        let printed = verify [ "a", equal "a"; "b", off "b" ] [ "--failures-only" ]
        Assert.That(printed.Exit, Is.EqualTo ExitCode.Failed)
        Assert.That(printed.Out, Does.Match @"ep0\.qvel +5\.0e-01 +3\.3e-01 +1\.0e-09  FAIL")
        Assert.That(printed.Out, Does.Not.Contain "ep0.qpos")
        Assert.That(printed.Out, Does.StartWith "b\n")

    [<Test>]
    let ``a file that breaks its verifier is one failed line`` () =
        let broken () : Check list = failwith "a: the header is torn"
        let printed = verify [ "a", broken; "b", equal "b" ] []
        Assert.That(printed.Exit, Is.EqualTo ExitCode.Failed)
        Assert.That(printed.Out, Does.StartWith "a\n  FAIL the header is torn\n\nb\n")
        Assert.That(printed.Out, Does.EndWith "2 files, 1 check passed, 1 failed\n")

    [<Test>]
    let ``a file without anything to check has not passed`` () =
        let printed = verify [ "a", (fun () -> []) ] []
        Assert.That(printed.Exit, Is.EqualTo ExitCode.Failed)

    [<Test>]
    let ``refuses a device that is not there, before it verifies`` () =
        if MtrlFunctional.Tensors.Libtorch.IsCudaAvailable then
            Assert.Ignore "There is a GPU."

        let file =
            Path.Combine(Repository.root, "tests", "golden", "surgery", "rlw.safetensors")

        let printed = Capture.mtrl [ "verify"; file; "--device"; "cuda:0" ]
        Assert.That(printed.Exit, Is.EqualTo ExitCode.WrongInput)
        Assert.That(printed.Err, Does.Match @"^mtrl: --device cuda:0: libtorch \S+ finds no GPU")
        Assert.That(printed.Out, Is.Empty)

    [<Test>]
    let ``names a path that does not exist`` () =
        let command = VerifyCommand.command (fun _ -> []) (fun _ _ -> [])
        let printed = Capture.run (fun () -> command.Run [ "nowhere/at/all" ])
        Assert.That(printed.Exit, Is.EqualTo ExitCode.WrongInput)
        Assert.That(printed.Err, Does.Contain "nowhere/at/all: no such file or folder.")
