namespace MtrlFunctional.Cli.Tests

open NUnit.Framework
open MtrlFunctional
open MtrlFunctional.Cli.Commands
open MtrlFunctional.Cli.Doctor

[<TestFixture>]
module ``mtrl doctor`` =
    let private check results =
        Capture.run (fun () -> (DoctorCommand.command (fun () -> results)).Run [])

    [<Test>]
    let ``prints fixes and the number of problems`` () =
        let printed =
            check [
                CheckResult.ok "CUDA" "no GPU"
                CheckResult.warning "kernels" "slow" "build them"
            ]

        Assert.That(printed.Exit, Is.EqualTo ExitCode.Done)
        Assert.That(printed.Out, Does.Match "ok +CUDA +no GPU")
        Assert.That(printed.Out, Does.Match "warning +kernels +slow\n +fix: build them")
        Assert.That(printed.Out, Does.EndWith "1 problem found.\n")

    [<Test>]
    let ``continues where a library is missing`` () =
        let absent () : CheckResult =
            raise (System.DllNotFoundException "libabsent.so: cannot open")

        let result = CheckResult.guard "MuJoCo" "install it" absent
        Assert.That(result.Fix, Is.EqualTo(Some "install it"))
        Assert.That(result.Value, Does.Contain "libabsent.so")

    [<Test>]
    let ``names every part of this machine`` () =
        let names = [ for result in MachineChecks.results () -> result.Name ]

        for name in
            [
                "processor"
                "libtorch"
                "kernels"
                "speed"
                "threads"
                "CUDA"
                "MuJoCo"
                "rendering"
                "videos"
            ] do
            Assert.That(names, Does.Contain name)
