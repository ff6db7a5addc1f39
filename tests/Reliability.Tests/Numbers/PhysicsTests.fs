module MtrlFunctional.Reliability.Tests.Numbers.PhysicsTests

open Expecto
open Expecto.Flip
open System
open System.IO
open MtrlFunctional.Environments
open MtrlFunctional.Physics
open MtrlFunctional.Tests

/// The bound of physics: 10⁵ metres, radians, and of each a second.
let ``a state of physics`` = [
    testTheory "beyond the bound is unstable" [
        9e4, StepOutcome.Ok
        1.1e5, StepOutcome.Unstable
        1e9, StepOutcome.Unstable
        -1e9, StepOutcome.Unstable
        nan, StepOutcome.Unstable
        infinity, StepOutcome.Unstable
    ]
    <| fun (number, outcome) ->
        use model =
            Model.LoadText
                "<mujoco><worldbody><body><freejoint/><geom size='1'/></body></worldbody></mujoco>"

        use world = new World(model)
        world.Positions[0] <- number
        world.Advance 1 |> equals outcome
        world.Reset()
        world.Velocities[4] <- number
        world.Advance 1 |> equals outcome
        world.Reset()
        world.Advance 1 |> equals StepOutcome.Ok

    testCase "stays within the bound under controls a thousand times too large" (fun () ->
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
            @ List.map scenes.Borrow [ "push"; "drawer" ]

        let steps = LongForm.count 1_000 1_000_000 / worlds.Length
        let mutable largest = 0.0

        for model in worlds do
            use _ = model
            use world = new World(model)

            for step in 0 .. steps - 1 do
                if step % 1000 = 0 then
                    world.Reset()

                for i in 0 .. world.Control.Length - 1 do
                    world.Control[i] <- 1000.0 * (2.0 * random.NextDouble() - 1.0)

                world.Advance 1 |> Expect.equal $"{model.Name}, step {step}" StepOutcome.Ok

                for number in world.Velocities do
                    largest <- max largest (abs number)

        LongForm.report $"{steps * worlds.Length} steps, largest velocity {largest:F0}")
]
