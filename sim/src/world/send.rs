//! A vehicle that nobody knew of before comes in while the world runs.

use scenario::VehicleType;
use units::{LinkId, Millis};

use super::World;
use super::enter::first_due;
use super::kind::Kind;
use super::mixed::Mixed;
use super::wave::{Wave, way_a_step};

impl World {
    /// Sends a vehicle on a way from now on: it enters at the begin of the first link as soon as there is
    /// room, before whoever waits there. Its number.
    ///
    /// # Panics
    /// Where the way is empty, or one of its links is none of the network's.
    pub fn send(&mut self, route: &[LinkId], vehicle: &VehicleType) -> u32 {
        let kind = Kind::new(vehicle, self.settings.model, self.settings.weather);
        let kind = self.roster.add_kind(kind);
        let free = |&link: &LinkId| {
            let row = self.network.link(link);
            Millis::from_secs_f64(row.length.0 / row.speed.0.min(vehicle.max_speed.0).max(0.1))
        };
        let free: Millis = route.iter().map(free).sum();
        let due = u32::try_from(self.now.0).unwrap_or(u32::MAX - 1);
        let number = self.roster.send(route, kind, free, due);
        let (entry, next) = (route[0], route.get(1).copied());
        for region in &mut self.regions {
            let Some(at) = region.links.iter().position(|gate| gate.link == entry.0) else {
                continue;
            };
            self.roster.let_first(&mut region.waiting[at], next, number);
            region.dues[at] = first_due(&region.waiting[at]);
            region.due = region.due.min(region.dues[at]);
        }
        let place = self.dues.partition_point(|&known| known <= due);
        self.dues.insert(place, due);
        self.has_emergency = self.roster.has_emergency();
        // Whoever is on the road keeps what he has; only what the newcomer adds is looked at anew.
        let fastest = self.regions.iter().flat_map(|region| &region.columns.speed);
        let fastest = fastest.copied().fold(0.0, f32::max);
        let fastest = way_a_step(&self.tracks, &self.roster.kinds, self.settings.model, fastest);
        self.wave = Wave::new(&self.regions, &self.tracks, fastest);
        self.mixed = Mixed::new(&self.network, &self.tracks, &self.roster);
        number
    }
}

#[cfg(test)]
mod tests {
    use scenario::{VehicleClass, generate};
    use signal::Aspect;

    use super::*;

    #[test]
    fn who_is_sent_drives_its_way_and_is_counted() {
        let (site, demand) = generate::arterial(3, 2);
        let mut world = World::new(site.network.clone(), &site.signals, &[], &demand);
        let route = demand.flows.iter().map(|flow| &flow.route).max_by_key(|route| route.len());
        let route = route.expect("flows").clone();
        let (mut sent, mut legs) = (None, Vec::new());
        while world.now() < Millis::from_secs(400) {
            for (index, signal) in site.signals.iter().enumerate() {
                world.set_aspects(index, &vec![Aspect::Green; signal.layout.groups().len()]);
            }
            if world.now() == Millis::from_secs(60) {
                let before = world.summary().due;
                let vehicle =
                    VehicleType { class: VehicleClass::Emergency, ..VehicleType::default() };
                sent = Some(world.send(&route, &vehicle));
                assert_eq!(world.summary().due, before + 1);
            }
            world.step();
            world.for_each_vehicle(|sighting| {
                if Some(sighting.vehicle) == sent && legs.last() != Some(&sighting.leg) {
                    legs.push(sighting.leg);
                }
            });
        }
        assert_eq!(legs, (0..route.len()).collect::<Vec<_>>());
    }
}
