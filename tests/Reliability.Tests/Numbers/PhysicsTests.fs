namespace MtrlFunctional.Reliability.Tests

open System
open System.Diagnostics
open System.IO
open NUnit.Framework
open MtrlFunctional.Environments
open MtrlFunctional.Physics
open MtrlFunctional.Tests

/// The bound of physics: 10⁵ metres, radians, and of each a second.
[<TestFixture>]
type ``a state of physics``() =
    let model =
        Model.LoadText
            "<mujoco><worldbody><body><freejoint/><geom size='1'/></body></worldbody></mujoco>"

    [<OneTimeTearDown>]
    member _.Free() = model.Dispose()

    [<TestCase(9e4, StepOutcome.Ok)>]
    [<TestCase(1.1e5, StepOutcome.Unstable)>]
    [<TestCase(1e9, StepOutcome.Unstable)>]
    [<TestCase(-1e9, StepOutcome.Unstable)>]
    [<TestCase(Double.NaN, StepOutcome.Unstable)>]
    [<TestCase(Double.PositiveInfinity, StepOutcome.Unstable)>]
    member _.``beyond the bound is unstable``(number: float, outcome: StepOutcome) =
        use world = new World(model)
        world.Positions[0] <- number
        Assert.That(world.Advance 1, Is.EqualTo outcome)
        world.Reset()
        world.Velocities[4] <- number
        Assert.That(world.Advance 1, Is.EqualTo outcome)
        world.Reset()
        Assert.That(world.Advance 1, Is.EqualTo StepOutcome.Ok)

    [<Test>]
    member _.``stays within the bound under controls a thousand times too large``() =
        let random = Random 1
        use models = new DmControlModels()
        use scenes = new SceneLibrary()

        let assets kind =
            Path.Combine(Repository.root, "assets", kind)

        let worlds =
            [
                for file in Directory.GetFiles(assets "dmcontrol", "*.xml") |> Array.sort do
                    models.Take(nonNull (Path.GetFileNameWithoutExtension file))
            ]
            @ List.map scenes.Take [ "push"; "drawer" ]

        let steps = LongForm.count 3_000 1_000_000 / worlds.Length
        let mutable largest = 0.0

        for model in worlds do
            use _ = model
            use world = new World(model)

            for step in 0 .. steps - 1 do
                if step % 1000 = 0 then
                    world.Reset()

                for i in 0 .. world.Control.Length - 1 do
                    world.Control[i] <- 1000.0 * (2.0 * random.NextDouble() - 1.0)

                Assert.That(
                    world.Advance 1,
                    Is.EqualTo StepOutcome.Ok,
                    $"{model.Name}, step {step}"
                )

                for number in world.Velocities do
                    largest <- max largest (abs number)

        LongForm.report $"{steps * worlds.Length} steps, largest velocity {largest:F0}"
