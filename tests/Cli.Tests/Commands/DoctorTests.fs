module MtrlFunctional.Cli.Tests.Commands.DoctorTests

open Expecto
open MtrlFunctional.Cli.Commands
open MtrlFunctional.Cli.Doctor
open MtrlFunctional.Cli.Tests
open MtrlFunctional.Tests

let ``mtrl doctor`` = [
    let check results =
        Capture.run (fun () -> (DoctorCommand.command (fun () -> results)).Run [])
        |> Capture.succeeds
        |> _.Out

    testCase "prints fixes and the number of problems" (fun () ->
        let printed =
            check [
                CheckResult.ok "CUDA" "no GPU"
                CheckResult.warning "kernels" "slow" "build them"
            ]

        printed |> matches "ok +CUDA +no GPU"
        printed |> matches "warning +kernels +slow\n +fix: build them"
        printed |> endsWith "1 problem found.\n")

    testCase "continues where a library is missing" (fun () ->
        let absent () : CheckResult =
            raise (System.DllNotFoundException "libabsent.so: cannot open")

        let result = CheckResult.guard "MuJoCo" "install it" absent
        result.Fix |> equals (Some "install it")
        result.Value |> contains "libabsent.so")

    testCase "names every part of this machine" (fun () ->
        let names = [ for result in MachineChecks.results () -> result.Name ]

        for name in
            Words.split "processor libtorch kernels speed threads CUDA MuJoCo rendering videos" do
            names |> includes name)
]
