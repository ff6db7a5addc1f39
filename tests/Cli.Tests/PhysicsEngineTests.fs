namespace MtrlFunctional.Cli.Tests

open NUnit.Framework
open MtrlFunctional.Experiments
open MtrlFunctional.Cli

[<TestFixture>]
module ``the physics engine`` =
    let private systems: PhysicsEngine.Engine = {
        Version = 222
        File = "/usr/lib/libmujoco.so.2.2.2"
        Build = None
        IsChosen = false
    }

    let private built = { systems with Build = Some "gcc 12.2.0, AVX2" }
    let private later = { systems with Version = 300 }
    let private chosen = { systems with IsChosen = true }

    [<Test>]
    let ``is described by version, path and origin`` () =
        let describe = PhysicsEngine.describe

        Assert.That(
            describe built,
            Is.EqualTo "2.2.2, /usr/lib/libmujoco.so.2.2.2 (gcc 12.2.0, AVX2)"
        )

        Assert.That(describe systems, Does.Contain "'./mtrl physics' builds a faster one")
        Assert.That(describe later, Does.EndWith "(of the system)")
        Assert.That(describe later, Does.StartWith "3.0.0, ")
        Assert.That(describe chosen, Does.EndWith "(of MUJOCO_PATH)")

    let private advice engine words =
        match Experiment.resolve words with
        | Ok(experiment, _) -> PhysicsEngine.advice engine experiment
        | Error mistakes -> failwith $"{mistakes}"

    [<TestCase("preset=fast/mt10-brief", true)>]
    [<TestCase("preset=fast/mt10-brief experiment.num_train_steps=10_000", false)>]
    [<TestCase("env=mt-cartpole agent=mtppo experiment.num_train_steps=4_000_000", false)>]
    [<TestCase("env=dmc-19 agent=mtppo experiment.num_train_steps=4_000_000", true)>]
    let ``is worth a build before a long run on its tasks`` (words: string) (expected: bool) =
        let words = List.ofArray (words.Split ' ')
        Assert.That((advice systems words).IsSome, Is.EqualTo expected)

        for engine in [ built; later; chosen ] do
            Assert.That((advice engine words).IsNone)
