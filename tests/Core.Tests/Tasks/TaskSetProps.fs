module MtrlFunctional.Tests.Tasks.TaskSetProps

open Expecto
open FsCheck.FSharp
open MtrlFunctional.Tasks
open MtrlFunctional.Tasks.Classic

/// Task states of the training and of the evaluation.
let ``sets of task states`` = [
    let parameters: ClassicParameters = {
        MinForce = 0.0
        States = 3
        Actions = 2
        SizeX = 3.0
        SizeY = 3.0
        ShowsBoxes = false
        Arms = 4
        Tasks = 7
    }

    let drawIn share family parameters seed train test =
        Classic.read
            family
            parameters
            {
                new IRulesReader<TaskSets * TaskSpace> with
                    member _.Read rules =
                        TaskSets.draw rules share seed train test, rules.TaskStates
            }

    let draw family = drawIn 1.0 family

    let others share family trained seed count =
        Classic.read
            family
            parameters
            {
                new IRulesReader<float[][]> with
                    member _.Read rules =
                        TaskSets.others rules share trained seed count
            }

    let boxes = [
        ClassicName.CartPole
        ClassicName.Acrobot
        ClassicName.TabularMdp
        ClassicName.Bandit
    ]

    testProperty
        "are disjoint, of their sizes, and in the space of the family"
        (fun (seed: int64) ->
            let sizes =
                [ for family in boxes -> family, 20, 30 ]
                @ [ ClassicName.TwoGoalMaze, 1, 1; ClassicName.FiniteBandit, 4, 3 ]

            sizes
            |> List.forall (fun (family, train, test) ->
                let sets, space = draw family parameters seed train test
                let all = Array.append sets.Train sets.Test

                sets.Train.Length = train
                && sets.Test.Length = test
                && (Array.distinct all).Length = train + test
                && all |> Array.forall (fun state -> (TaskSpace.fault space state).IsNone)))

    testProperty
        "of the evaluation are those of the training where there are no others"
        (fun (seed: int64) ->
            boxes @ [ ClassicName.FiniteBandit ]
            |> List.forall (fun family ->
                let sets, _ = draw family parameters seed 5 0
                sets.Test = sets.Train))

    testProperty "do not depend on the size of the other set" (fun (seed: int64) ->
        boxes @ [ ClassicName.FiniteBandit ]
        |> List.forall (fun family ->
            let few, _ = draw family parameters seed 2 3
            let more, _ = draw family parameters seed 4 3
            let most, _ = draw family parameters seed 4 1

            few.Test = more.Test
            && more.Train = most.Train
            && few.Train = Array.truncate 2 more.Train
            && most.Test = Array.truncate 1 more.Test))

    testLaw
        20
        []
        "of the training are in the box, and those of the evaluation outside"
        (fun (seed: int64) ->
            Prop.forAll
                (Gen.choose (3, 9) |> Gen.map (fun n -> float n / 10.0) |> Arb.fromGen)
                (fun share ->
                    [ ClassicName.CartPole; ClassicName.Acrobot ]
                    |> List.forall (fun family ->
                        let sets, _ = drawIn share family parameters seed 20 20
                        let isInside = Array.forall (fun x -> abs x <= share)

                        Array.forall isInside sets.Train && not (Array.exists isInside sets.Test))))

    testCase "reach to the sides of the box" (fun () ->
        let sets, _ = drawIn 0.5 ClassicName.CartPole parameters 1L 500 1

        for number in 0..4 do
            let numbers = sets.Train |> Array.map (Array.item number)
            Array.max numbers |> isInRange 0.48 0.5
            Array.min numbers |> isInRange -0.5 -0.48)

    testProperty
        "that are not trained are those of the evaluation by its seed, and none of the training by any"
        (fun (seed: int64) (other: int64) ->
            boxes @ [ ClassicName.FiniteBandit ]
            |> List.forall (fun family ->
                let sets, _ = draw family parameters seed 4 3
                let drawn = others 1.0 family sets.Train other 3

                (others 1.0 family sets.Train seed 3 |> Array.sort = Array.sort sets.Test)
                && (Array.distinct drawn).Length = 3
                && not (Array.exists (fun state -> Array.contains state sets.Train) drawn)))

    testCase "that are not trained are not more than a finite family has left" (fun () ->
        let draw () =
            others 1.0 ClassicName.FiniteBandit [| [| 0.0 |]; [| 3.0 |] |] 1L 6

        draw |> isRefused "5 task states, not 6")

    testCase "follow the seed" (fun () ->
        for family in boxes do
            draw family parameters 1L 3 3 |> equals (draw family parameters 1L 3 3)
            draw family parameters 1L 3 3 |> differsFrom (draw family parameters 2L 3 3))

    testProperty
        "of a cart-pole have at least the force that is asked for, to both sides"
        (fun (seed: int64) ->
            Prop.forAll
                (Gen.choose (0, 100) |> Gen.map (fun n -> float n / 10.0) |> Arb.fromGen)
                (fun least ->
                    // So many that a side misses its outer fifth once in 10⁹ draws of a set.
                    let forces =
                        let parameters = { parameters with MinForce = least }
                        let sets, _ = draw ClassicName.CartPole parameters seed 200 0
                        sets.Train |> Array.map (fun mu -> (CartPole.physics mu).Force)

                    forces
                    |> Array.forall (fun force -> abs force >= least - 1e-12 && abs force <= 10.0)
                    && Array.min forces < -least - 0.8 * (10.0 - least) + 1e-9
                    && Array.max forces > least + 0.8 * (10.0 - least) - 1e-9))
]
