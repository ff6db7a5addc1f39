namespace MtrlFunctional.Reliability.Tests

open System
open NUnit.Framework
open MtrlFunctional
open MtrlFunctional.Environments
open MtrlFunctional.Spaces

/// One task whose third step gives a number as its reward, or at a place of its observation.
type BrokenFamily(reward: float, observation: float32) =
    let horizon = 10

    let environment () =
        let mutable steps = 0

        let status () =
            if steps < horizon then
                EpisodeStatus.Running
            else
                EpisodeStatus.Truncated

        {
            new IEnvironment with
                member _.Steps = steps
                member _.Status = status ()
                member _.Reward = if steps = 3 then reward else 1.0
                member _.Success = Nullable()
                member _.Reset(_, _) = steps <- 0

                member _.Step _ =
                    steps <- steps + 1
                    status ()

                member _.Observe obs =
                    obs.Fill 0.5f
                    obs[37] <- if steps = 3 then observation else 0f

                member _.Save() = raise (NotSupportedException())
                member _.Load _ = ()
                member _.Dispose() = ()
        }

    interface IEnvironmentFamily with
        member _.Spec = {
            Observation = EnvironmentSpec.vector 39
            Action = ActionSpace.Box 1
            Horizon = horizon
            Terminates = false
        }

        member _.Tasks = [| EnvironmentTask("broken", 1) |]
        member _.Create _ = environment ()
        member _.Dispose() = ()

/// Numbers of environments.
[<TestFixture>]
type ``a number of an environment``() =
    let steps reward observation =
        use environments = new VectorEnvironment(new BrokenFamily(reward, observation))
        environments.Reset()

        try
            for _ in 1..4 do
                environments.Step(ReadOnlySpan [| 0f |])

            ""
        with :? MtrlException as e ->
            Assert.That(e.ExitCode, Is.EqualTo ExitCode.Stopped)
            Assert.That(environments.EpisodeSteps 0, Is.EqualTo 3)
            e.Message

    [<TestCase(Double.NaN)>]
    [<TestCase(Double.PositiveInfinity)>]
    [<TestCase(Double.NegativeInfinity)>]
    [<TestCase(1e300)>]
    member _.``that is not finite stops training in the same step``(number: float) =
        Assert.That(steps number 0f, Does.StartWith "broken: its environment gave a reward of ")

        Assert.That(
            steps 1.0 (float32 number),
            (Does.StartWith "broken: its environment gave an observation with ").And.Contains
                "at place 37 in step 3"
        )

    [<Test>]
    member _.``that is finite does not``() = Assert.That(steps 1e30 1e30f, Is.Empty)
