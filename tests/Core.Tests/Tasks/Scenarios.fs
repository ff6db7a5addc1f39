namespace MtrlFunctional.Tests.Tasks

open FsCheck.FSharp
open MtrlFunctional.Tasks
open MtrlFunctional.Tasks.MetaWorld

/// A task, an accepted goal, and a step of an episode with that goal.
type Scenario = {
    Task: MetaWorldTask
    Random: float[]
    /// The settled snapshot, and the snapshot after the edits.
    Settled: Snapshot
    Placed: Snapshot
    Episode: Episode
    Step: StepState
}

/// Scenarios in which hand, object and target are often close, so that thresholds are reached.
/// Joints and elements are arbitrary: rewards must be valid in every state.
module Scenario =
    let private between low high =
        Gen.choose (0, 1000) |> Gen.map (fun i -> low + (high - low) * float i / 1000.0)

    let private place =
        gen {
            let! x = between -0.4 0.4
            let! y = between 0.4 0.95
            let! z = between 0.0 0.4
            return Vec3.create x y z
        }

    let private close (to': Vec3) =
        gen {
            let! reach = Gen.elements [ 0.0; 0.01; 0.03; 0.06; 0.1 ]
            let! x = between -reach reach
            let! y = between -reach reach
            let! z = between -reach reach
            return to' + Vec3.create x y z
        }

    /// Near one of the target orientations of the rewards, or arbitrary.
    let private orientation =
        gen {
            let! wanted =
                Gen.elements [
                    { A = 0.707; B = 0.0; C = 0.0; D = 0.707 }
                    { A = 1.0; B = 0.0; C = 0.0; D = 0.0 }
                    Orientation.none
                ]

            let! off = between 0.0 0.2
            return { wanted with B = off; C = -off / 2.0 }
        }

    let private snapshot
        (task: MetaWorldTask)
        (hand: Vec3)
        (points: Vec3 list)
        turned
        joint
        grasped
        half
        = {
        Hand = hand
        LeftPad = hand + Vec3.create 0.0 half -0.04
        RightPad = hand - Vec3.create 0.0 half 0.04
        LeftClaw = hand + Vec3.create 0.0 half -0.04
        RightClaw = hand - Vec3.create 0.0 half 0.04
        LeftFinger = hand + Vec3.create 0.0 half -0.045
        RightFinger = hand - Vec3.create 0.0 half 0.045
        Elements = List.toArray task.Watch
        Poses =
            task.Watch
            |> List.mapi (fun i _ -> { Position = points[i % points.Length]; Orientation = turned })
            |> List.toArray
        JointPositions = task.Joints |> List.map (fun _ -> joint) |> List.toArray
        Grasped = grasped
    }

    /// Randomisation vectors, including rejected ones.
    let vector (task: MetaWorldTask) =
        Gen.arrayOfLength task.RandomLow.Length (between 0.0 1.0)
        |> Gen.map (
            Array.mapi (fun i u -> task.RandomLow[i] + (task.RandomHigh[i] - task.RandomLow[i]) * u)
        )

    let private goal (task: MetaWorldTask) = vector task |> Gen.where task.Accepts

    let ofTask (task: MetaWorldTask) =
        gen {
            let! random = goal task
            let! resting = Gen.listOfLength 3 place
            let! joint0 = between -0.2 0.2
            let! edited = Gen.listOfLength 3 place
            let! jointPlaced = between -0.2 0.2

            let begun points joint =
                snapshot task task.HandInit points Orientation.none joint

            let settled = begun resting joint0 false 0.05
            let placed = begun edited jointPlaced false 0.05
            let episode = task.Begin random settled placed
            let target = episode.Target placed

            let! object =
                Gen.oneof [ place; close target; close episode.ObjectInit; close task.HandInit ]

            let! hand = Gen.oneof [ place; close object; close (object + Sawyer.up 0.045) ]

            let! points =
                Gen.listOfLength 8 (Gen.oneof [ Gen.constant object; close object; place ])

            let! joint = between -3.0 3.0
            let! half = between 0.0 0.06
            let! grasped = Gen.elements [ true; false ]
            let! action = Gen.arrayOfLength 4 (between -2.0 2.0)
            let! turned = orientation
            let scene = snapshot task hand points turned joint grasped half
            let now = Observation.frame task scene
            now[4] <- object.X
            now[5] <- object.Y
            now[6] <- object.Z
            let obs = Observation.assemble now now target |> Observation.clip task true
            let! first = place
            let firstObs = Array.copy obs
            firstObs[4] <- first.X
            firstObs[5] <- first.Y
            firstObs[6] <- first.Z

            return {
                Task = task
                Random = random
                Settled = settled
                Placed = placed
                Episode = episode
                Step = { Obs = obs; FirstObs = firstObs; Action = action; Scene = scene }
            }
        }

type Scenarios =
    static member Scenario() =
        Gen.elements Benchmarks.tasks >>= Scenario.ofTask |> Arb.fromGen
