/// Tasks that this program plays for the page, because their observations and rewards, or their experts, are code: a line of JSON
/// a step, which src/Cli/Web/play/served.js reads.
namespace MtrlFunctional.Cli.Play

open System
open System.Collections.Generic
open System.Text.Json
open System.Threading
open System.Threading.Channels
open System.Threading.Tasks
open Microsoft.AspNetCore.Http
open Microsoft.AspNetCore.Server.Kestrel.Core.Features
open MtrlFunctional
open MtrlFunctional.Physics
open MtrlFunctional.Training

type ServedTask = {
    /// As in the policy: "right".
    Name: string
    /// Plays the task by its policy; true: by random actions. The caller disposes the rollout.
    Open: bool -> Rollout
}

module ServedTask =
    /// Arrays of a model by which shapes.js and view.js draw it; the last three are other ones in MuJoCo 3.
    let private drawn = [
        for kind in [ "geom"; "site" ] do
            for array in [ "bodyid"; "group"; "matid"; "rgba"; "size"; "type" ] do
                $"{kind}_{array}"
        yield!
            "geom_dataid mesh_vert mesh_vertadr mesh_vertnum mesh_face mesh_faceadr mesh_facenum mat_rgba mat_shininess mat_texid \
             mat_texrepeat tex_adr tex_width tex_height cam_bodyid cam_mat0 cam_mode cam_pos0 tex_rgb tex_data tex_nchannel"
                .Split
                ' '
    ]

    /// Arrays of a world that change.
    let private places = [ "xpos"; "geom_xpos"; "geom_xmat"; "site_xpos"; "site_xmat" ]

    let private model (model: Model) =
        let numbers = Dictionary<string, float[]>()

        for array in drawn do
            model.Numbers array
            |> Option.ofObj
            |> Option.iter (fun found -> numbers[array] <- found)

        for field in [ "stat.center"; "stat.extent" ] do
            numbers[field] <- nonNull (model.Field field)

        numbers

    /// Rounded to a hundredth of a millimetre: nobody sees more.
    let private placesOf (world: World) =
        let numbers = Dictionary<string, float[]>()

        for array in places do
            numbers[array] <- nonNull (world.Numbers array) |> Array.map (fun x -> Math.Round(x, 5))

        numbers

    let private leading (count: int) (numbers: ReadOnlySpan<float32>) =
        numbers.Slice(0, count).ToArray()

    let private now (episode: int) (rollout: Rollout) =
        let environments = rollout.Environments
        let sizes = environments.Sizes[0]

        {|
            episode = episode
            step = environments.EpisodeSteps 0
            ended = environments.Ended 0
            observation = leading sizes.ObservationSize environments.Observations
            action = leading sizes.ActionSize rollout.Actions
            reward = environments.Rewards[0]
            success = environments.Success[0]
            places = placesOf (environments.Rendered 0).World
        |}

    let private first (address: string) (rollout: Rollout) =
        let environments = rollout.Environments
        let world = environments.Rendered 0

        {|
            address = address
            goal = environments.GoalBody 0
            model = model world.World.Model
            seconds = world.StepSeconds
            horizon = environments.Spec.Horizon
            definesSuccess = environments.Environments[0].Success.HasValue
            now = now 0 rollout
        |}

    /// Sends what happens until the reader is gone: the model with the start of episode 0, then the steps that are asked for, and
    /// each start. A mistake in the code of the task is the last line. Where the reader waits, so does the task. `begun` gives
    /// the address by which the reader asks.
    let send
        (start: unit -> Rollout)
        (begun: Rollout -> string)
        (wishes: ChannelReader<Wish>)
        (context: HttpContext)
        (stopping: CancellationToken)
        : Task =
        context.Response.ContentType <- "application/x-ndjson"

        // A page in which time stands still reads nothing.
        context.Features.Get<IHttpMinResponseDataRateFeature>()
        |> Option.ofObj
        |> Option.iter (fun rate -> rate.MinDataRate <- null)

        let line (value: 'a) =
            context.Response.WriteAsync(JsonSerializer.Serialize value + "\n", stopping)

        task {
            try
                use rollout = start ()
                let environments = rollout.Environments
                rollout.Begin 0
                do! line (first (begun rollout) rollout)
                let mutable episode = 0

                while true do
                    let! wish = wishes.ReadAsync stopping
                    let wanted = defaultArg wish.Episode episode

                    if wanted > episode then
                        episode <- wanted
                        rollout.Begin episode
                        do! line (now episode rollout)

                    // Of an earlier episode nothing is asked any more: requests may overtake each other.
                    let mutable left = if wanted = episode then wish.Steps else 0

                    if left > 0 then
                        wish.Goal |> Option.iter (fun goal -> environments.MoveGoal(0, goal))

                    while left > 0 && not (environments.Ended 0) do
                        rollout.Step()
                        do! line (now episode rollout)
                        left <- left - 1
            with
            | :? OperationCanceledException -> ()
            | :? MtrlException as e -> do! line {| failure = e.Message |}
        }
