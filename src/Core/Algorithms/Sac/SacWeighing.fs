/// The stages of an update of soft actor-critic for methods of surgery that weigh losses: each one pass
/// forward and one back, as without surgery. None where it takes gradients task by task (`Weighing`,
/// `SacReconciling`).
module internal Mtrl.Algorithms.SacWeighing

open Mtrl.Tensors
open MtrlFunctional.Tensors
open Mtrl.Algorithms.SacReconciling
open Mtrl.Algorithms.SacWork

/// The sum of each task's weighted rows, [tasks].
let private byTask (part: Batch) (rows: Tensor) =
    Ops.SumDim(part.Weight .* rows, 1L, false)

/// As `Sac.improveCritics`, by the gradient of weighed losses; and the task encoder's part of it.
let weighCritics (surgery: SacSurgery) (agent: SacAgent) (work: Work) : Work option =
    let state = work.State
    let part = partOfCritics surgery agent state

    let weigh () =
        let losses = SacForward.critic agent work

        Shards.split agent.Shards work.Batch (fun part -> [| byTask part (losses.Rows part) |])
        |> Weighing.gradient
            agent.Shards
            part
            (GradientsOfTasks.shares work.Batch.Weight)
            losses.Leaves
            (Option.toList losses.Context)

    let step (found: Weighing.Weighing) =
        let ofTaskEncoder =
            Array.tryHead found.Others
            |> Option.bind (fun gradient -> carry agent work gradient)
            |> Option.map (Sharing.scaleOwn agent.TaskEncoderLayout found.ToShare)

        if Option.forall Weighing.isSound ofTaskEncoder then
            {
                work with
                    State.Critic =
                        Shards.step agent.Shards agent.Config.CriticAdam found.Gradient state.Critic
                    State.CriticSurgery = found.Memory
                    TaskEncoderGradient = ofTaskEncoder
            }
            |> measure "critic_loss" (Ops.Sum found.Sums[0])
            |> Some
        else
            None

    if Weighing.applies surgery.OwnToo part then
        weigh () |> Option.bind step
    else
        None

/// As `Sac.improveActor`, likewise.
let weighActor (surgery: SacSurgery) (agent: SacAgent) (work: Work) : Work option =
    let { State = state; Batch = batch } = work
    let part = partOfActor surgery agent state

    let shares = GradientsOfTasks.shares batch.Weight

    let weigh () =
        let losses = SacForward.actor agent work

        Shards.split agent.Shards batch (fun part ->
            let rows = losses.Rows part
            [| rows.Loss; rows.Gap; rows.Entropy |] |> Array.map (byTask part))
        |> Weighing.gradient agent.Shards part shares losses.Leaves []

    let step (found: Weighing.Weighing) =
        let gaps = Array.map2 (/) (Ops.ToDoubles found.Sums[1]) shares

        {
            work with
                State.Actor =
                    Shards.step agent.Shards agent.Config.ActorAdam found.Gradient state.Actor
                State.ActorSurgery = found.Memory
                EntropyGap = found.Sums[1]
                TaskGap = Some(gaps, shares |> Array.map (fun share -> share > 0.0))
        }
        |> measureActor agent (Ops.Sum found.Sums[0]) (Ops.Sum found.Sums[2])

    if Weighing.applies surgery.OwnToo part then
        weigh () |> Option.map step
    else
        None
