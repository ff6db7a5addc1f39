namespace MtrlFunctional.Reliability.Tests

open System
open System.Collections.Generic
open System.Threading
open NUnit.Framework
open MtrlFunctional.Environments
open MtrlFunctional.Spaces
open MtrlFunctional.Tests.Child
open MtrlFunctional.Training

/// An environment whose steps wait for a gate.
type private GatedEnvironment(gate: ManualResetEventSlim) =
    let mutable steps = 0

    interface IEnvironment with
        member _.Steps = steps
        member _.Status = EpisodeStatus.Running
        member _.Reward = 0.0
        member _.Success = Nullable()
        member _.Reset(_, _) = steps <- 0

        member _.Step _ =
            gate.Wait()
            steps <- steps + 1
            EpisodeStatus.Running

        member _.Observe _ = ()
        member _.Save() = raise (NotSupportedException())
        member _.Load _ = raise (NotSupportedException())
        member _.Dispose() = ()

type private GatedFamily(gate) =
    interface IEnvironmentFamily with
        member _.Spec = {
            Observation = EnvironmentSpec.vector 1
            Action = ActionSpace.Box 1
            Horizon = 1_000_000
            Terminates = false
        }

        member _.Tasks = [| EnvironmentTask("gated", 1); EnvironmentTask("other", 1) |]
        member _.Create _ = new GatedEnvironment(gate)
        member _.Dispose() = ()

/// Environments whose step does not return.
[<TestFixture>]
module ``a watched environment`` =

    [<TestCase(1)>]
    [<TestCase(2)>]
    let ``that does not come back is reported once`` (threads: int) =
        use gate = new ManualResetEventSlim(true)

        use environments =
            new VectorEnvironment(
                new GatedFamily(gate),
                VectorEnvironmentOptions(Threads = threads)
            )

        let reports = List<string>()

        use _ =
            new StallWatch(
                [| environments |],
                2,
                (fun why -> lock reports (fun () -> reports.Add why))
            )

        environments.Reset()

        let stepping =
            Thread(fun () ->
                for _ in 1..2 do
                    environments.Step(ReadOnlySpan [| 0f; 0f |]))

        gate.Reset()
        stepping.Start()
        Waiting.Until("reported", fun () -> lock reports (fun () -> reports.Count = 1))
        gate.Set()
        stepping.Join()
        Assert.That(reports, Has.Count.EqualTo 1)

        Assert.That(
            reports[0],
            Is.EqualTo "A step of the environments (gated, other) has not returned for 2 seconds."
        )

        Assert.That(environments.Progress.HasValue, Is.False)
