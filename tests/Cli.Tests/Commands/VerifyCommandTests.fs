module MtrlFunctional.Cli.Tests.Commands.VerifyCommandTests

open Expecto
open System.IO
open MtrlFunctional
open MtrlFunctional.Cli.Commands
open MtrlFunctional.Verification
open MtrlFunctional.Tests
open MtrlFunctional.Cli.Tests

let ``the table of mtrl verify`` = [
    // Any path that exists: which files it stands for is the other argument.
    let verify checks options =
        let command =
            VerifyCommand.command (fun _ -> List.map fst checks) (fun _ file ->
                (Map.find file (Map checks)) ())

        Capture.run (fun () -> command.Run(Path.GetTempPath() :: options))

    let equal file () = [ Check.compare file (Absolute 0.0) "ep0.qpos" [| 1.0 |] [| 1.0 |] ]
    let off file () = [ Check.compare file (Absolute 1e-9) "ep0.qvel" [| 1.0 |] [| 1.5 |] ]

    testCase "passes where all numbers are equal" (fun () ->
        let printed = verify [ "a", equal "a" ] []
        printed.Exit |> equals ExitCode.Done

        printed.Out
        |> matches @"^a\n  quantity +abs +rel +tolerance\n  ep0\.qpos +0 +0 +0  pass\n\n"

        printed.Out |> endsWith "1 file, 1 check passed, 0 failed\n")

    testCase "fails with both differences where one number is off" (fun () ->
        let printed = verify [ "a", equal "a"; "b", off "b" ] [ "--failures-only" ]
        printed.Exit |> equals ExitCode.Failed
        printed.Out |> matches @"ep0\.qvel +5\.0e-01 +3\.3e-01 +1\.0e-09  FAIL"
        printed.Out |> lacks "ep0.qpos"
        printed.Out |> startsWith "b\n")

    testCase "a file that cannot be compared is one failed line" (fun () ->
        let broken () = [ Check.impossible "a" "a: the header is torn" ]
        let printed = verify [ "a", broken; "b", equal "b" ] []
        printed.Exit |> equals ExitCode.Failed
        printed.Out |> startsWith "a\n  FAIL the header is torn\n\nb\n"
        printed.Out |> endsWith "2 files, 1 check passed, 1 failed\n")

    testCase "a file without anything to check has not passed" (fun () ->
        (verify [ "a", (fun () -> []) ] []).Exit |> equals ExitCode.Failed)

    testCase "refuses a device that is not there, before it verifies" (fun () ->
        if MtrlFunctional.Tensors.Libtorch.IsCudaAvailable then
            skiptest "There is a GPU."

        let file =
            Path.Combine(Repository.root, "tests", "golden", "surgery", "rlw.safetensors")

        Capture.refusal [ "verify"; file; "--device"; "cuda:0" ]
        |> matches @"^mtrl: --device cuda:0: libtorch \S+ finds no GPU")

    testCase "names a path that does not exist" (fun () ->
        Capture.refused [ "verify"; "nowhere/at/all" ] "nowhere/at/all: no such file or folder.")
]
