namespace Mtrl.Cli.Tests

open NUnit.Framework
open MtrlFunctional
open Mtrl.Cli.Commands
open Mtrl.Cli.Doctor

[<TestFixture>]
module ``mtrl doctor`` =
    let private visit findings =
        Capture.run (fun () -> (DoctorCommand.command (fun () -> findings)).Run [])

    [<Test>]
    let ``says what to mend and how much`` () =
        let printed =
            visit [
                CheckResult.ok "CUDA" "no GPU"
                CheckResult.warning "BLAS" "slow" "install a fast one"
            ]

        Assert.That(printed.Exit, Is.EqualTo ExitCode.Done)
        Assert.That(printed.Out, Does.Match "ok +CUDA +no GPU")
        Assert.That(printed.Out, Does.Match "warning +BLAS +slow\n +mend: install a fast one")
        Assert.That(printed.Out, Does.EndWith "1 to mend.\n")

    [<Test>]
    let ``goes on where a library is missing`` () =
        let absent () : CheckResult =
            raise (System.DllNotFoundException "libabsent.so: cannot open")

        let finding = CheckResult.guard "MuJoCo" "install it" absent
        Assert.That(finding.Mend, Is.EqualTo(Some "install it"))
        Assert.That(finding.Fact, Does.Contain "libabsent.so")

    [<Test>]
    let ``names every part of this machine`` () =
        let names = [ for finding in MachineChecks.findings () -> finding.Name ]

        for name in
            [
                "processor"
                "libtorch"
                "BLAS"
                "speed"
                "threads"
                "CUDA"
                "MuJoCo"
                "rendering"
                "videos"
            ] do
            Assert.That(names, Does.Contain name)
