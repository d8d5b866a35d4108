import './activities';
import './client';
import './flows';
import './hazards';
