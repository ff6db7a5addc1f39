/// A task of one's own with a goal that moves, played by random actions.
module MtrlFunctional.Cli.Tests.Play.OwnGoal

open System.IO
open MtrlFunctional.Cli.Play
open MtrlFunctional.Environments
open MtrlFunctional.Tests
open MtrlFunctional.Training

/// Where the goal is at the start of an episode.
let place = [ 0.5; 0.0; 0.0 ]

/// A ball, and a goal that is a mocap body or none. Observations are the place of the goal, rewards 1.
let policy (goalMoves: bool) = {
    Name = "own"
    Tasks = []
    Served = [
        {
            Name = "reach"
            Open =
                fun _ ->
                    let model = Path.Combine(TestFolder.create "own-goal", "goal.xml")

                    File.WriteAllText(
                        model,
                        $"""<mujoco>
                          <worldbody>
                            <camera pos="0 0 3"/>
                            <body name="goal" mocap="{if goalMoves then "true" else "false"}" pos="0.5 0 0">
                              <site size="0.1"/>
                            </body>
                            <body><joint name="x" type="slide" axis="0 1 0"/><geom size="0.1"/></body>
                          </worldbody>
                          <actuator><motor joint="x"/></actuator>
                        </mujoco>"""
                    )

                    let task =
                        MujocoTask(
                            Name = "reach",
                            Model = model,
                            Substeps = 10,
                            Observation = (fun world -> Array.map float32 (world.Body "goal")),
                            Reward = (fun _ _ -> 1.0)
                        )

                    Rollout.OfRandomActions(new MujocoFamily(20, task), 1L)
        }
    ]
    Repeat = 1
    HidesGoals = false
    Step = None
    Content = None
}
