/// What the definitions of tasks have in common.
module internal MtrlFunctional.Tasks.DmControl.Definition

/// Quantities as they are read.
let part name quantities : ObservationPart = { Name = name; Terms = List.map Term.Read quantities }

let positions joints =
    part "position" (List.map Quantity.Position joints)

let velocities joints =
    part "velocity" (List.map Quantity.Velocity joints)

/// A task that begins at rest, with joints at random, in an unchanged model.
let task domain name description observation reward : DmControlTask = {
    Domain = domain
    Name = name
    Description = description
    Observation = observation
    Reward = reward
    Edits = []
    Start = fun joints key -> Starts.atRest (Starts.randomized joints key)
    AvoidsContacts = false
    Settle = 0
}
